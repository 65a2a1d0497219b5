"""Mutants: programs that differ from a twin's file in one small fault, as a programmer might have made it.

An operator looks at one node of the syntax tree and offers what could stand in its place. Both sides have the same
operators; `ALIKE`, the one table that names functions of a framework, has a column for each side.

Not mutated, because it is no part of the function that the twins share:

- docstrings, annotations, imports and error messages;
- strings, except options and layouts: names of taps, variables and placeholders are labels, and a wrong one is an
  unequal set of names;
- functions outside of classes: the spelled-out programs at the end of the basics files, which have tests of their own;
- shapes of variables, parameters and placeholders, and types: the initial values and the batch fit only one, and a twin
  refuses any other before it computes anything;
- calls of `super`, without which there is no model.

After DeMillo, Lipton & Sayward 1978 and Offutt et al. 1996, with the faults of numerical code added.
"""

import ast
import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

Position = tuple[tuple[str, int | None], ...]  # the way down from the root: (field, index in it)

# Functions of one kind: each may be taken for another. A name with a dot in front is a method.
ALIKE: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "activation",
        {
            "static": "tf.sigmoid tf.tanh tf.nn.relu tf.nn.softplus tf.log_sigmoid",
            "dynamic": "torch.sigmoid torch.tanh F.relu F.softplus F.logsigmoid",
        },
    ),
    ("reduction", {"static": "tf.reduce_mean tf.reduce_sum", "dynamic": "torch.mean torch.sum"}),
    ("reduction", {"static": "", "dynamic": ".mean .sum"}),
    ("power", {"static": "tf.square tf.abs tf.sqrt", "dynamic": "torch.square torch.abs torch.sqrt"}),
    ("power", {"static": "", "dynamic": ".square .abs"}),
    ("extreme", {"static": "tf.maximum tf.minimum", "dynamic": "torch.maximum torch.minimum"}),
    ("pooling", {"static": "tf.nn.max_pool2d tf.nn.avg_pool2d", "dynamic": "F.max_pool2d F.avg_pool2d"}),
    ("beginning", {"static": "tf.zeros tf.ones", "dynamic": "torch.zeros torch.ones"}),
    (
        "beginning",
        {"static": "tf.zeros_initializer tf.ones_initializer", "dynamic": "torch.zeros_like torch.ones_like"},
    ),
    ("beginning", {"static": "", "dynamic": ".new_zeros .new_ones"}),
    ("assignment", {"static": ".assign_sub .assign_add", "dynamic": ""}),  # eager code has -= and +=
)
DETACHED = {"static": "tf.stop_gradient({})", "dynamic": "({}).detach()"}
TRANSPOSED = {"static": "tf.transpose({})", "dynamic": "({}).T"}
INVERTED = {"static": "tf.logical_not({})", "dynamic": "not {}"}
DERIVATIVES = {"static": "tf.gradients", "dynamic": "torch.autograd.grad"}
OPTIONS = {"SAME": "VALID", "VALID": "SAME", "same": "valid", "valid": "same"}

# Calls that make a thing rather than compute a value: without them their arguments are nothing
MAKERS = {"get_variable", "placeholder", "empty", "zeros", "ones", "zeros_like", "new_zeros", "arange", "constant"}
MAKERS |= {"TensorArray", "variable_scope", "control_dependencies", "group", "tap", "Parameter", "register_buffer"}
MAKERS |= {"zeros_initializer", "no_grad", "zip", "list", "dict", "values", "items", "sum", "parameters"}
SHAPED = {"get_variable", "placeholder", "empty"}  # their arguments are a name, a shape and a type
SETTINGS = {"config", "self.config", "settings", "self.settings"}
LABELLED = {"tap", "variable_scope", "register_buffer", "Player"}  # their first argument is a name

# Methods through which no gradient of the loss flows: they make the parts, name the inputs, or move the state
OUTSIDE_THE_GRADIENT = {"__init__", "inputs", "players", "update", "optimizers", "minimize", "apply", "reset", "slots"}
OUTSIDE_THE_GRADIENT |= {"gradients", "rate", "clipped", "decayed", "move", "made", "starts", "called"}

OPPOSITE = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "*", ast.Pow: "*"}
OFF_BY_ONE = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"}
NEGATED = {ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<", ast.Eq: "!=", ast.NotEq: "=="}


@dataclass(frozen=True)
class Mutant:
    """One fault, as text to be put in the place of some nodes of a file's syntax tree."""

    path: str  # of the file, from the project's root
    line: int
    method: str  # with its class: "LSTM.cell"; the class alone for what stands in its body
    operator: str  # what kind of fault: "operand dropped"
    what: str  # "before -> after"
    edits: tuple[tuple[Position, str], ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """What the mutant is called, whatever line it stands at."""
        return self.path, self.method, self.what


@dataclass(frozen=True)
class Site:
    """A node of a file's syntax tree, and what is around it."""

    side: str
    position: Position
    ancestors: tuple[ast.AST, ...]  # the root first
    node: ast.AST

    @property
    def parent(self) -> ast.AST:
        return self.ancestors[-1]

    @property
    def field(self) -> str:
        return self.position[-1][0]

    @property
    def kind(self) -> ast.ClassDef | None:
        """The class around it."""
        return next((node for node in self.ancestors if isinstance(node, ast.ClassDef)), None)

    @property
    def function(self) -> ast.FunctionDef | None:
        """The method around it: of nested functions, the outermost."""
        return next((node for node in self.ancestors if isinstance(node, ast.FunctionDef)), None)

    @property
    def line(self) -> int:
        return next(node.lineno for node in (self.node, *reversed(self.ancestors)) if hasattr(node, "lineno"))

    @property
    def method(self) -> str:
        return ".".join(node.name for node in (self.kind, self.function) if node is not None)

    @property
    def differentiated(self) -> bool:
        """Whether a gradient of the loss flows through here."""
        return self.function is not None and self.function.name not in OUTSIDE_THE_GRADIENT


Operator = Callable[[Site], Iterator[str]]


def text(node: ast.AST | None) -> str:
    """The source of a node, in one line."""
    return " ".join(ast.unparse(node).split()) if node is not None else ""


def last_name(call: ast.AST) -> str:
    """The last part of what a call calls: "get_variable"."""
    function = call.func if isinstance(call, ast.Call) else None
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


# The operators: what could stand in a node's place


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


def comparison_changed(site: Site) -> Iterator[str]:
    match site.node:
        case ast.Compare(left, [op], [right]):
            for table in (OFF_BY_ONE, NEGATED):
                if type(op) in table:
                    yield f"({text(left)}) {table[type(op)]} ({text(right)})"


def constant_changed(site: Site) -> Iterator[str]:
    if isinstance(site.parent, ast.Tuple) and all(isinstance(part, ast.Constant) for part in site.parent.elts):
        return  # an order of axes: that is permuted
    match site.node:
        case ast.Constant(bool(value)):
            yield str(not value)
        case ast.Constant(int(value)):
            yield str(value + 1)
            yield f"({value - 1})"
        case ast.Constant(float(value)):
            yield repr(value * 1.01) if value else "0.01"
            if value:
                yield "0.0"


def option_changed(site: Site) -> Iterator[str]:
    if isinstance(site.node, ast.Constant) and site.node.value in OPTIONS:
        yield repr(OPTIONS[site.node.value])


def layout_permuted(site: Site) -> Iterator[str]:
    """Two neighbouring axes of an einops pattern change places on its right side."""
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
    """f(x) -> x, x.f() -> x; and x.assign(y) -> y: computed, but not remembered."""
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
    """Two neighbours change places: in a tuple, or a list that is more than a set of numbers."""
    node = site.node
    if not isinstance(node, ast.Tuple | ast.List) or isinstance(site.parent, ast.Subscript):
        return
    if isinstance(site.parent, ast.Assign) and isinstance(site.parent.targets[0], ast.Tuple) and site.field == "value":
        return  # the targets are permuted already
    if isinstance(node, ast.List) and all(isinstance(part, ast.Constant | ast.Starred) for part in node.elts[1:]):
        return
    for swapped in _neighbours_swapped(node.elts):
        inner = ", ".join(map(text, swapped))
        yield f"[{inner}]" if isinstance(node, ast.List) else f"({inner})"


def values_permuted(site: Site) -> Iterator[str]:
    """Two neighbouring values of a dictionary, or of keyword arguments, change places."""
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
    if isinstance(site.node, ast.Call) and last_name(site.node) not in SHAPED and "super()" not in text(site.node.func):
        args = site.node.args
        first, last = last_name(site.node) in LABELLED, len(args) - any(map(_is_type, args))  # a type comes last
        for swapped in _neighbours_swapped(args[first:last]):
            yield _call(site.node, args=[*args[:first], *swapped, *args[last:]])


def keyword_dropped(site: Site) -> Iterator[str]:
    """The default instead."""
    if isinstance(site.node, ast.Call):
        for i, keyword in enumerate(site.node.keywords):
            if keyword.arg and keyword.arg != "name":
                yield _call(site.node, keywords=[*site.node.keywords[:i], *site.node.keywords[i + 1 :]])


def element_dropped(site: Site) -> Iterator[str]:
    """One of a list is forgotten: of what is to be done, or to be waited for."""
    node = site.node
    if isinstance(node, ast.List) and len(node.elts) > 1:
        for i in range(len(node.elts)):
            yield "[" + ", ".join(text(part) for part in (*node.elts[:i], *node.elts[i + 1 :])) + "]"
    elif isinstance(node, ast.Starred) and isinstance(site.parent, ast.Call) and isinstance(node.value, ast.Name):
        yield f"*{text(node.value)}[1:]"
        yield f"*{text(node.value)}[:-1]"


def detached(site: Site) -> Iterator[str]:
    """No gradient comes back to an operand, or to what is handed to a function or an own method."""
    called = text(site.parent.func) if isinstance(site.parent, ast.Call) and site.field == "args" else ""
    handed = any(called in names[site.side].split() for _, names in ALIKE) or re.fullmatch(r"self\.\w+", called)
    variable = isinstance(site.node, ast.Name) or re.fullmatch(r"self\.\w+", text(site.node))
    operand = isinstance(site.parent, ast.BinOp) or (called and handed)
    mode = text(site.node) in ("training", "self.training")  # yes or no: nothing is differentiated by it
    if site.differentiated and variable and operand and not mode and text(site.node) not in _given(site):
        yield DETACHED[site.side].format(text(site.node))


def transposed(site: Site) -> Iterator[str]:
    if isinstance(site.parent, ast.BinOp) and isinstance(site.parent.op, ast.MatMult) and site.field == "right":
        yield TRANSPOSED[site.side].format(text(site.node))


def derivative_scaled(site: Site) -> Iterator[str]:
    called = text(site.parent.func) if isinstance(site.parent, ast.Call) else ""
    if called == DERIVATIVES[site.side] and site.position[-1] == ("args", 0):
        yield f"2 * {text(site.node)}"


def setting_changed(site: Site) -> Iterator[str]:
    """A setting is doubled, or taken for another one that the same file, or the same optimizer, reads."""
    if not _is_setting(site.node) or isinstance(site.parent, ast.Compare | ast.Match):  # an option, no number
        return
    yield f"2 * {text(site.node)}"
    node = site.node
    assert isinstance(node, ast.Attribute)
    scope = (
        site.ancestors[0] if text(node.value).endswith("config") else site.kind
    )  # each optimizer has its own settings
    assert scope is not None
    options = [text(n.left) for n in ast.walk(scope) if isinstance(n, ast.Compare)]  # strings, not numbers
    found = [n for n in ast.walk(scope) if isinstance(n, ast.Attribute) and _is_setting(n)]
    read = list(dict.fromkeys(n.attr for n in found if text(n) not in options))
    if len(read) > 1:
        yield f"{text(node.value)}.{read[(read.index(node.attr) + 1) % len(read)]}"


def taken_for_another(site: Site) -> Iterator[str]:
    """One part of the model in the place of another that was made alike: self.w1 for self.w2."""
    node = site.node
    if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load) or text(node.value) != "self":
        return
    made = _made_alike(site.kind)
    alike = [name for name, how in made.items() if how == made.get(node.attr) and name != node.attr]
    yield from (f"self.{name}" for name in alike)


def mode_inverted(site: Site) -> Iterator[str]:
    """Training for inference."""
    if text(site.node) in ("training", "self.training") and isinstance(getattr(site.node, "ctx", None), ast.Load):
        yield INVERTED[site.side].format(text(site.node))


def statement_dropped(site: Site) -> Iterator[str]:
    if _is_action(site.node) or (isinstance(site.node, ast.Assign) and _stored(site.node) & _known_before(site)):
        yield "pass"


def statement_repeated(site: Site) -> Iterator[str]:
    if _is_action(site.node):
        yield f"{text(site.node)}; {text(site.node)}"


def loop_changed(site: Site) -> Iterator[str]:
    """The first or the last time round is left out; a loop that hands something on runs backwards."""
    if site.field == "iter" and isinstance(site.parent, ast.For | ast.comprehension):
        yield f"list({text(site.node)})[1:]"
        yield f"list({text(site.node)})[:-1]"
        if isinstance(site.parent, ast.For) and _carries(site.parent):
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
    "statement dropped": statement_dropped,
    "statement repeated": statement_repeated,
    "loop changed": loop_changed,
}


def _neighbours_swapped(parts: Sequence[ast.expr]) -> Iterator[list[ast.expr]]:
    for i, (a, b) in enumerate(pairwise(parts)):
        if _says(a) != _says(b) and not isinstance(a, ast.Starred) and not isinstance(b, ast.Starred):
            yield [*parts[:i], b, a, *parts[i + 2 :]]


def _says(node: ast.AST) -> str:
    """The text of a node; of a variable or placeholder, without its name: that is a label."""
    return re.sub("'.*?'", "", text(node)) if last_name(node) in SHAPED else text(node)


def _call(call: ast.Call, args: Sequence[ast.AST] | None = None, keywords: Sequence[ast.keyword] | None = None) -> str:
    """The text of a call with other arguments."""
    args = call.args if args is None else args
    keywords = call.keywords if keywords is None else keywords
    return f"{text(call.func)}({', '.join([*map(text, args), *map(text, keywords)])})"


def _is_setting(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and text(node.value) in SETTINGS


def _is_type(node: ast.AST) -> bool:
    return text(node).split(".")[-1] in ("dtype", "int64", "float32", "float64")


def _given(site: Site) -> set[str]:
    """The arguments of a method that are the model's inputs: nothing learns from a gradient there."""
    inputs = [node for node in site.kind.body if getattr(node, "name", "") == "inputs"] if site.kind else []
    keys = {key.value for part in inputs for n in ast.walk(part) if isinstance(n, ast.Dict) for key in n.keys}  # type: ignore[union-attr]
    assert site.function is not None
    named_by_the_batch = site.function.name == "forward" or site.function.name.endswith("loss")
    return keys & {argument.arg for argument in site.function.args.args} if named_by_the_batch else set()


def _made_alike(kind: ast.ClassDef | None) -> dict[str, str]:
    """How each part of a class is made: the function, and its shape or the stem of its name."""
    made = {}
    for node in ast.walk(kind) if kind else ():
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Attribute)
            and isinstance(node.value, ast.Call)
        ):
            arguments = [text(part) for part in node.value.args if not isinstance(part, ast.Constant)]
            if last_name(node.value) in ("get_variable", "Parameter"):
                made[node.targets[0].attr] = f"{last_name(node.value)} {arguments}"
            elif node.targets[0].attr[-1].isdigit():
                made[node.targets[0].attr] = f"{last_name(node.value)} {node.targets[0].attr[:-1]}"
    return made


def _is_action(node: ast.AST) -> bool:
    """A statement that is there for what it does."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return "super()" not in text(node) and last_name(node.value) != "register_buffer"
    return isinstance(node, ast.AugAssign)


def _stored(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _known_before(site: Site) -> set[str]:
    """The local names that have a value before this statement runs for the first time."""
    names: set[str] = set()
    if site.function is None:
        return names
    names |= {argument.arg for argument in site.function.args.args}
    for node in ast.walk(site.function):
        if isinstance(node, ast.For) and node in site.ancestors:
            names |= _stored(node.target)
        elif (
            isinstance(node, ast.stmt) and node.lineno < getattr(site.node, "lineno", 0) and node not in site.ancestors
        ):
            names |= _stored(node)
    return names


def _carries(loop: ast.For) -> bool:
    """Whether a time round reads what the one before has left."""
    written = _stored(loop.target)
    left = {name for part in loop.body for name in _stored(part)} - written
    for part in loop.body:
        read = {n.id for n in ast.walk(part) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        if read & (left - written):
            return True
        written |= _stored(part)
    return False


# From a file to its mutants


def mutants(path: str, source: str, side: str) -> list[Mutant]:
    """Every mutant of a file, from its top to its end. Each differs from the file and from all others."""
    found: dict[tuple[Position, str], tuple[str, Site]] = {}
    for site in sites(ast.parse(source), side):
        for name, operator in OPERATORS.items():
            for after in operator(site):
                after = _joined(_parsed(after, site.node))
                if after != text(site.node):
                    found.setdefault((site.position, after), (name, site))
    return named(
        [
            (Mutant(path, site.line, site.method, name, "", ((position, after),)), site)
            for (position, after), (name, site) in found.items()
        ]
    )


def named(found: Sequence[tuple[Mutant, Site]]) -> list[Mutant]:
    """The mutants with what they change as `what`: as much of the line as tells each from the others of its method.

    A line that stands in its method twice is numbered from the second time on.
    """
    heights = [0] * len(found)
    while True:
        whats = [_what(mutant, site, height) for (mutant, site), height in zip(found, heights)]
        count = Counter((mutant.method, what) for (mutant, _), what in zip(found, whats))
        unclear = [
            i
            for i, ((mutant, site), what) in enumerate(zip(found, whats))
            if count[mutant.method, what] > 1 and heights[i] < len(site.ancestors)
        ]
        if not unclear:
            times: Counter[tuple[str, str]] = Counter()
            for i, ((mutant, _), what) in enumerate(zip(found, whats)):
                times[mutant.method, what] += 1
                number = times[mutant.method, what]
                whats[i] = what if number == 1 else f"{what} (number {number})"
            return [replace(mutant, what=what) for (mutant, _), what in zip(found, whats)]
        for i in unclear:
            heights[i] += 1


def _what(mutant: Mutant, site: Site, height: int) -> str:
    """Before and after: of the changed node, if that says something by itself, or of what is `height` above it."""
    lineage = [*site.ancestors, site.node]
    depth = len(lineage) - 1
    while not isinstance(lineage[depth], ast.stmt) and not hasattr(lineage[depth - 1], "body"):
        bare = isinstance(lineage[depth], ast.Name | ast.Constant) or not isinstance(lineage[depth], ast.expr)
        if not bare and not height:
            break
        height -= not bare
        depth -= 1
    after = rewritten(lineage[depth], [(position[depth:], new) for position, new in mutant.edits])
    return f"{text(lineage[depth])} -> {_joined(after)}"


def sites(tree: ast.AST, side: str) -> Iterator[Site]:
    """The nodes that may be mutated, each before what is in it."""

    def walk(node: ast.AST, position: Position, ancestors: tuple[ast.AST, ...]) -> Iterator[Site]:
        if ancestors and _left_alone(node, position[-1][0], ancestors[-1]):
            return
        if ancestors:
            yield Site(side, position, ancestors, node)
        for field, value in ast.iter_fields(node):
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST):
                    yield from walk(child, (*position, (field, index)), (*ancestors, node))

    yield from walk(tree, (), ())


def _left_alone(node: ast.AST, field: str, parent: ast.AST) -> bool:
    """What this module's docstring says is not mutated."""
    return (
        isinstance(node, ast.Import | ast.ImportFrom | ast.Raise | ast.JoinedStr)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or field in ("annotation", "returns", "bases", "decorator_list")
        or (isinstance(node, ast.FunctionDef) and isinstance(parent, ast.Module))
        or (last_name(parent) in SHAPED and field == "args")
    )


def rewritten(tree: ast.AST, edits: Sequence[tuple[Position, str]]) -> list[ast.AST]:
    """A copy of a syntax tree with other text in some places: one node, or several in the place of a statement.

    Every line keeps its number.
    """
    holder = ast.List([copy.deepcopy(tree)])  # type: ignore[list-item]
    for position, after in sorted(edits, key=lambda edit: edit[0], reverse=True):  # from the end: places stay
        *way, (field, index) = (("elts", 0), *position)
        parent: Any = holder
        for step, at in way:
            parent = getattr(parent, step) if at is None else getattr(parent, step)[at]
        if index is None:
            (new,) = _parsed(after, getattr(parent, field))
            setattr(parent, field, new)
        else:
            getattr(parent, field)[index : index + 1] = _parsed(after, getattr(parent, field)[index])
    return list(holder.elts)


def _parsed(after: str, node: ast.AST) -> list[ast.AST]:
    """Text as what can stand in the place of a node, at its lines."""
    new: list[ast.AST]
    if isinstance(node, ast.stmt):
        new = [*ast.parse(after).body]
    else:
        (statement,) = ast.parse(f"_({after})").body  # as an argument, for *x is an expression only there
        assert isinstance(statement, ast.Expr)
        assert isinstance(statement.value, ast.Call)
        new = [*statement.value.args]
    for part in (part for root in new for part in ast.walk(root)):
        ast.copy_location(part, node)
    if isinstance(getattr(node, "ctx", None), ast.Store):
        for root in new:
            _make_target(root)
    return new


def _make_target(node: Any) -> None:
    """What is assigned to is marked so in the tree, with all parts of a tuple."""
    node.ctx = ast.Store()
    for part in getattr(node, "elts", []):
        _make_target(part)


def _joined(nodes: Sequence[ast.AST]) -> str:
    return "; ".join(map(text, nodes))
