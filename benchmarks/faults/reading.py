"""What an operator reads in the syntax tree around a node, to leave out what would be no fault."""

import ast

from benchmarks.faults.mutant import Site, last_name, text
from benchmarks.faults.tables import DEFAULTS, REDUCTIONS, SETTINGS


def is_setting(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and text(node.value) in SETTINGS


def is_type(node: ast.AST) -> bool:
    return text(node).split(".")[-1] in ("dtype", "int64", "float32", "float64")


def made_alike(kind: ast.ClassDef | None) -> dict[str, str]:
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


def is_action(node: ast.AST) -> bool:
    """A statement that is there for what it does."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return "super()" not in text(node) and last_name(node.value) != "register_buffer"
    return isinstance(node, ast.AugAssign)


def stored(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def known_before(site: Site) -> set[str]:
    """The local names that have a value before this statement runs for the first time."""
    names: set[str] = set()
    if site.function is None:
        return names
    names |= {argument.arg for argument in site.function.args.args}
    for node in ast.walk(site.function):
        if isinstance(node, ast.For) and node in site.ancestors:
            names |= stored(node.target)
        elif (
            isinstance(node, ast.stmt) and node.lineno < getattr(site.node, "lineno", 0) and node not in site.ancestors
        ):
            names |= stored(node)
    return names


def carries(loop: ast.For) -> bool:
    """Whether a time round reads what the one before has left."""
    written = stored(loop.target)
    left = {name for part in loop.body for name in stored(part)} - written
    for part in loop.body:
        read = {n.id for n in ast.walk(part) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        if read & (left - written):
            return True
        written |= stored(part)
    return False


def is_asked_for_truth(site: Site) -> bool:
    """Whether only the truth of a value is asked for: of twice as much it is the same."""
    parent = site.parent
    return (
        (isinstance(parent, ast.If | ast.IfExp | ast.While) and site.field == "test")
        or isinstance(parent, ast.BoolOp)
        or (isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not))
    )


def is_default(call: ast.Call, keyword: ast.keyword) -> bool:
    """Whether a keyword argument says what the function would do without it, here on the CPU."""
    if keyword.arg == "device":
        return True
    return text(keyword.value) in DEFAULTS.get((last_name(call), keyword.arg or ""), ())


def is_set_of_axes(site: Site) -> bool:
    """Whether a tuple names the axes of a sum or a mean: in any order it is the same, to rounding."""
    holder = site.ancestors[-2] if isinstance(site.parent, ast.keyword) else site.parent
    if not isinstance(site.node, ast.Tuple) or last_name(holder) not in REDUCTIONS:
        return False
    return all(isinstance(part, ast.Constant) for part in site.node.elts)


def is_summed_over(site: Site) -> bool:
    """Whether the parts of a tuple are addends: in any order the sum is the same, to rounding."""
    if not isinstance(site.parent, ast.comprehension):
        return False
    return any(last_name(node) in ("sum", "add_n") for node in site.ancestors[-3:-1])


def looks_at_one_place(site: Site) -> bool:
    """Whether an option is one of padding that cannot matter: a kernel of 1x1 needs none, and windows that do not
    overlap cut nothing off an image of an even size, as all are that are pooled here."""
    call = next((node for node in reversed(site.ancestors) if isinstance(node, ast.Call)), None)
    call = site.node if isinstance(site.node, ast.Call) else call
    if call is None:
        return False
    if last_name(call).endswith("_pool2d"):
        return len(call.args) > 2 and text(call.args[1]) == text(call.args[2])
    if last_name(call) != "conv2d" or len(call.args) < 2 or site.kind is None:
        return False
    made = [node for node in ast.walk(site.kind) if isinstance(node, ast.Assign)]
    shapes = [_shape(node.value) for node in made if text(node.targets[0]) == text(call.args[1])]
    return bool(shapes) and all(shape[:2] == ["1", "1"] or shape[2:] == ["1", "1"] for shape in shapes)


def _shape(made: ast.AST) -> list[str]:
    """The shape that a variable or a parameter is made with, as it is written."""
    for node in ast.walk(made):
        if last_name(node) == "empty" and isinstance(node, ast.Call):
            return [text(part) for part in node.args]
        if last_name(node) == "get_variable" and isinstance(node, ast.Call) and isinstance(node.args[1], ast.Tuple):
            return [text(part) for part in node.args[1].elts]
    return []
