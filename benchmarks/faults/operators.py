"""Mutants: copies of a twin's file with one small fault, such as a programmer might make.

An operator takes one node of the syntax tree and yields texts that could replace it. Both sides have the same
operators; `ALIKE`, the one table that names functions of a framework, has a column for each side.

The following is not mutated, because it is not part of the function that the twins share:

- docstrings, annotations, imports and error messages;
- strings, except options and layouts: names of taps, variables and placeholders are labels, and a wrong label
  shows as unequal sets of names;
- code for readers and other programs that no twin runs (`nodes`, `train`, sparse gradients), which has its own tests;
- shapes of variables, parameters and placeholders, and types: the initial values and the batch fit only one, and a twin
  rejects any other before it computes anything;
- default arguments: they are for other programs; the twins pass every value that matters;
- calls of `super`, without which there is no model.

After DeMillo, Lipton & Sayward 1978 and Offutt et al. 1996, with the faults of numerical code added.
"""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from benchmarks.faults.gradients import flows_through
from benchmarks.faults.mutant import Mutant, Position, Site, joined, last_name, named, parsed, sites, text
from benchmarks.faults.reading import (
    carries,
    is_action,
    is_asked_for_truth,
    is_default,
    is_option,
    is_set_of_axes,
    is_setting,
    is_summed_over,
    is_type,
    known_before,
    looks_at_one_place,
    made_alike,
    stored,
)
from benchmarks.faults.tables import (
    ALIKE,
    DERIVATIVES,
    DETACHED,
    INVERTED,
    JOINING,
    LABELLED,
    MAKERS,
    NEGATED,
    OFF_BY_ONE,
    OPPOSITE,
    OPTIONS,
    PARTS,
    SHAPED,
    TRANSPOSED,
)

Operator = Callable[[Site], Iterator[str]]


def opposite_operator(site: Site) -> Iterator[str]:
    match site.node:
        case ast.BinOp(left, op, right) if type(op) in OPPOSITE:
            yield f"({text(left)}) {OPPOSITE[type(op)]} ({text(right)})"
        case ast.AugAssign(target, op, value) if type(op) in OPPOSITE:
            yield f"{text(target)} {OPPOSITE[type(op)]}= {text(value)}"


def operand_dropped(site: Site) -> Iterator[str]:
    if isinstance(site.node, ast.BinOp):
        yield text(site.node.left)
        yield text(site.node.right)


def sign_changed(site: Site) -> Iterator[str]:
    node = site.node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield text(node.operand)
    tapped = last_name(site.parent) == "tap" and site.position[-1] == ("args", 1)
    returned = isinstance(site.parent, ast.Return) and not isinstance(node, ast.Tuple | ast.Constant)
    if site.differentiated and (tapped or returned):
        yield f"-({text(node)})"


def part_changed(site: Site) -> Iterator[str]:
    """Change one element, row, channel or both borders of a tapped value, in turn: a norm of all may hide it."""
    if last_name(site.parent) == "tap" and site.position[-1] == ("args", 1) and site.differentiated:
        changed = PARTS[site.line % len(PARTS)].format(**JOINING[site.side])
        yield f"(lambda t: {changed})({text(site.node)})"


def comparison_changed(site: Site) -> Iterator[str]:
    match site.node:
        case ast.Compare(left, [op], [right]):
            for table in (OFF_BY_ONE, NEGATED):
                if type(op) in table:
                    yield f"({text(left)}) {table[type(op)]} ({text(right)})"


def constant_changed(site: Site) -> Iterator[str]:
    if isinstance(site.parent, ast.Tuple) and all(isinstance(part, ast.Constant) for part in site.parent.elts):
        return  # an order of axes, which order_permuted changes
    match site.node:
        case ast.Constant(bool(value)):
            yield str(not value)
        case ast.Constant(int(value)):
            yield str(value + 1)
            if value or not any(isinstance(node, ast.Subscript) for node in site.ancestors[-2:]):
                yield f"({value - 1})"  # index -1 in place of 0 may be the same element
        case ast.Constant(float(value)):
            yield repr(value * 1.01) if value else "0.01"
            if value:
                yield "0.0"


def option_changed(site: Site) -> Iterator[str]:
    if isinstance(site.node, ast.Constant) and site.node.value in OPTIONS and not looks_at_one_place(site):
        yield repr(OPTIONS[site.node.value])


def layout_permuted(site: Site) -> Iterator[str]:
    """Swap two neighbouring axes on the right side of an einops pattern."""
    value = site.node.value if isinstance(site.node, ast.Constant) else None
    if not isinstance(value, str) or "->" not in value:
        return
    left, right = value.split("->")
    for a, b in pairwise(re.finditer(r"\w+", right)):
        between = right[a.end() : b.start()]
        yield repr(f"{left}->{right[: a.start()]}{b.group()}{between}{a.group()}{right[b.end() :]}")


def function_of_its_kind(site: Site) -> Iterator[str]:
    if not isinstance(site.node, ast.Attribute) or not isinstance(site.node.ctx, ast.Load):
        return
    called = isinstance(site.parent, ast.Call) and site.field == "func"
    for _, names in ALIKE:
        alike = names[site.side].split()
        if text(site.node) in alike:
            yield from (other for other in alike if other != text(site.node))
        elif called and f".{site.node.attr}" in alike:
            yield from (f"({text(site.node.value)}){other}" for other in alike if other != f".{site.node.attr}")


def function_dropped(site: Site) -> Iterator[str]:
    """f(x) -> x, x.f() -> x; and x.assign(y) -> y: computed, but not stored."""
    node = site.node
    if not isinstance(node, ast.Call) or last_name(node) in MAKERS or isinstance(site.parent, ast.Expr):
        return
    called = text(node.func)
    if last_name(node) == "assign":
        yield text(node.args[0])
    elif called.startswith(("tf.", "torch.", "F.")) or called == "rearrange":
        if called != DERIVATIVES[site.side] and node.args and not isinstance(node.args[0], ast.Starred | ast.Lambda):
            yield text(node.args[0])
    elif isinstance(node.func, ast.Attribute) and not called.startswith(("self.", "super()")):
        yield text(node.func.value)
    elif called.startswith("self.") and called.count(".") == 2:  # a method of a part: self.w.square()
        yield text(node.func.value) if isinstance(node.func, ast.Attribute) else called


def order_permuted(site: Site) -> Iterator[str]:
    """Swap two neighbours in a tuple, or in a list unless it holds plain constants."""
    node = site.node
    if not isinstance(node, ast.Tuple | ast.List) or isinstance(site.parent, ast.Subscript):
        return
    if is_set_of_axes(site) or is_summed_over(site):
        return
    if isinstance(site.parent, ast.Assign) and isinstance(site.parent.targets[0], ast.Tuple) and site.field == "value":
        return  # swapping the targets is the same fault
    if isinstance(node, ast.List) and all(isinstance(part, ast.Constant | ast.Starred) for part in node.elts[1:]):
        return
    for swapped in _neighbours_swapped(node.elts):
        inner = ", ".join(map(text, swapped))
        yield f"[{inner}]" if isinstance(node, ast.List) else f"({inner})"


def values_permuted(site: Site) -> Iterator[str]:
    """Swap two neighbouring values of a dictionary or of keyword arguments."""
    if isinstance(site.node, ast.Dict) and None not in site.node.keys:
        for values in _neighbours_swapped(site.node.values):
            yield "{" + ", ".join(f"{text(k)}: {text(v)}" for k, v in zip(site.node.keys, values)) + "}"
    if isinstance(site.node, ast.Call):
        for values in _neighbours_swapped([keyword.value for keyword in site.node.keywords if keyword.arg]):
            named = [keyword for keyword in site.node.keywords if keyword.arg]
            rest = [keyword for keyword in site.node.keywords if not keyword.arg]
            swapped = [ast.keyword(keyword.arg, value) for keyword, value in zip(named, values)]
            yield _call(site.node, keywords=[*rest, *swapped])


def arguments_swapped(site: Site) -> Iterator[str]:
    if not isinstance(site.node, ast.Call) or text(site.node.func) in ("max", "min"):
        return
    if last_name(site.node) not in SHAPED and "super()" not in text(site.node.func):
        args = site.node.args
        first, last = last_name(site.node) in LABELLED, len(args) - any(map(is_type, args))  # a type comes last
        for swapped in _neighbours_swapped(args[first:last]):
            yield _call(site.node, args=[*args[:first], *swapped, *args[last:]])


def keyword_dropped(site: Site) -> Iterator[str]:
    """Drop a keyword argument, so that its default applies."""
    if isinstance(site.node, ast.Call):
        for i, keyword in enumerate(site.node.keywords):
            same = is_default(site.node, keyword) or (keyword.arg == "padding" and looks_at_one_place(site))
            if keyword.arg and keyword.arg != "name" and not same:
                yield _call(site.node, keywords=[*site.node.keywords[:i], *site.node.keywords[i + 1 :]])


def element_dropped(site: Site) -> Iterator[str]:
    """Drop one element of a list, such as an operation to run or to wait for."""
    node = site.node
    if isinstance(node, ast.List) and len(node.elts) > 1:
        for i in range(len(node.elts)):
            yield "[" + ", ".join(text(part) for part in (*node.elts[:i], *node.elts[i + 1 :])) + "]"
    elif isinstance(node, ast.Starred) and isinstance(site.parent, ast.Call) and isinstance(node.value, ast.Name):
        yield f"*{text(node.value)}[1:]"
        yield f"*{text(node.value)}[:-1]"


def detached(site: Site) -> Iterator[str]:
    """Stop the gradient at an operand, or at an argument of a function or an own method."""
    called = text(site.parent.func) if isinstance(site.parent, ast.Call) and site.field == "args" else ""
    handed = any(called in names[site.side].split() for _, names in ALIKE) or re.fullmatch(r"self\.\w+", called)
    variable = isinstance(site.node, ast.Name) or re.fullmatch(r"self\.\w+", text(site.node))
    operand = isinstance(site.parent, ast.BinOp) or (called and handed)
    mode = text(site.node) in ("training", "self.training")  # a flag, which has no gradient
    if variable and operand and not mode and flows_through(site):
        yield DETACHED[site.side].format(text(site.node))


def transposed(site: Site) -> Iterator[str]:
    if isinstance(site.parent, ast.BinOp) and isinstance(site.parent.op, ast.MatMult) and site.field == "right":
        yield TRANSPOSED[site.side].format(text(site.node))


def derivative_scaled(site: Site) -> Iterator[str]:
    called = text(site.parent.func) if isinstance(site.parent, ast.Call) else ""
    derived = called == DERIVATIVES[site.side] or called.endswith(".minimize")
    if derived and site.position[-1] == ("args", 0):
        yield f"2 * {text(site.node)}"
    if isinstance(site.parent, ast.Attribute) and site.parent.attr == "backward" and site.field == "value":
        yield f"(2 * {text(site.node)})"


def setting_changed(site: Site) -> Iterator[str]:
    """Double a setting, negate it where it is a condition, or replace it by another one that the same file, or the same
    optimizer, reads."""
    if not is_setting(site.node) or is_option(site.node) or isinstance(site.parent, ast.Compare | ast.Match):
        return
    if is_asked_for_truth(site):
        yield f"not {text(site.node)}"
        return
    yield f"2 * {text(site.node)}"
    node = site.node
    assert isinstance(node, ast.Attribute)
    scope = site.ancestors[0] if text(node.value).endswith("config") else site.kind  # an optimizer has its own settings
    assert scope is not None
    found = [n for n in ast.walk(scope) if isinstance(n, ast.Attribute) and is_setting(n) and not is_option(n)]
    read = list(dict.fromkeys(n.attr for n in found if n.attr != "optimizer"))
    if len(read) > 1 and node.attr in read:
        yield f"{text(node.value)}.{read[(read.index(node.attr) + 1) % len(read)]}"


def taken_for_another(site: Site) -> Iterator[str]:
    """Replace an attribute of the model by another that is made alike: self.w2 by self.w1."""
    node = site.node
    if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load) or text(node.value) != "self":
        return
    made = made_alike(site.kind)
    alike = [name for name, how in made.items() if how == made.get(node.attr) and name != node.attr]
    yield from (f"self.{name}" for name in alike)


def mode_inverted(site: Site) -> Iterator[str]:
    """Swap training and inference mode."""
    if text(site.node) in ("training", "self.training") and isinstance(getattr(site.node, "ctx", None), ast.Load):
        yield INVERTED[site.side].format(text(site.node))


def statement_dropped(site: Site) -> Iterator[str]:
    if is_action(site.node) or (isinstance(site.node, ast.Assign) and stored(site.node) & known_before(site)):
        yield "pass"


def statement_repeated(site: Site) -> Iterator[str]:
    once = ("setattr", "add_to_collection", "zero_grad", "zero_", "copy_")  # repeating these changes nothing
    if is_action(site.node) and last_name(getattr(site.node, "value", None)) not in once:
        yield f"{text(site.node)}; {text(site.node)}"


def loop_changed(site: Site) -> Iterator[str]:
    """Skip the first or the last iteration; reverse a loop that carries values from one iteration to the next."""
    if site.field == "iter" and isinstance(site.parent, ast.For | ast.comprehension):
        yield f"list({text(site.node)})[1:]"
        if not getattr(site.parent, "ifs", []):  # a filter may skip the last one anyway
            yield f"list({text(site.node)})[:-1]"
        if isinstance(site.parent, ast.For) and carries(site.parent):
            yield f"list({text(site.node)})[::-1]"


OPERATORS: dict[str, Operator] = {
    "opposite operator": opposite_operator,
    "operand dropped": operand_dropped,
    "sign changed": sign_changed,
    "comparison changed": comparison_changed,
    "constant changed": constant_changed,
    "option changed": option_changed,
    "layout permuted": layout_permuted,
    "function of its kind": function_of_its_kind,
    "function dropped": function_dropped,
    "order permuted": order_permuted,
    "values permuted": values_permuted,
    "arguments swapped": arguments_swapped,
    "keyword dropped": keyword_dropped,
    "element dropped": element_dropped,
    "detached": detached,
    "transposed": transposed,
    "derivative scaled": derivative_scaled,
    "setting changed": setting_changed,
    "taken for another": taken_for_another,
    "mode inverted": mode_inverted,
    "part changed": part_changed,
    "statement dropped": statement_dropped,
    "statement repeated": statement_repeated,
    "loop changed": loop_changed,
}


def _neighbours_swapped(parts: Sequence[ast.expr]) -> Iterator[list[ast.expr]]:
    for i, (a, b) in enumerate(pairwise(parts)):
        if without_label(a) != without_label(b) and not isinstance(a, ast.Starred) and not isinstance(b, ast.Starred):
            yield [*parts[:i], b, a, *parts[i + 2 :]]


def without_label(node: ast.AST) -> str:
    """The text of a node; for a variable or placeholder, without its name, which is a label."""
    return re.sub("'.*?'", "", text(node)) if last_name(node) in SHAPED else text(node)


def _call(call: ast.Call, args: Sequence[ast.AST] | None = None, keywords: Sequence[ast.keyword] | None = None) -> str:
    """The text of a call with other arguments."""
    args = call.args if args is None else args
    keywords = call.keywords if keywords is None else keywords
    return f"{text(call.func)}({', '.join([*map(text, args), *map(text, keywords)])})"


def mutants(path: str, source: str, side: str) -> list[Mutant]:
    """Return every mutant of a file, from top to bottom. Each differs from the file and from all others."""
    found: dict[tuple[Position, str], tuple[str, Site]] = {}
    for site in sites(ast.parse(source), side):
        for name, operator in OPERATORS.items():
            for after in operator(site):
                after = joined(parsed(after, site.node))
                if after != text(site.node):
                    found.setdefault((site.position, after), (name, site))
    return named(
        [
            (Mutant(path, site.line, site.method, name, "", ((position, after),)), site)
            for (position, after), (name, site) in found.items()
        ]
    )
