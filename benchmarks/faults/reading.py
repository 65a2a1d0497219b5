"""Checks of the syntax tree around a node, by which operators skip changes that would not be faults."""

import ast
import re
from functools import cache

from benchmarks.environment import ROOT
from benchmarks.faults.mutant import Site, last_name, text
from benchmarks.faults.tables import DEFAULTS, REDUCTIONS, SETTINGS


def is_setting(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and text(node.value) in SETTINGS


def is_option(setting: ast.AST) -> bool:
    """Whether a setting is a choice by name, such as "while_loop", so that it has no double."""
    return isinstance(setting, ast.Attribute) and setting.attr in _options()


@cache
def _options() -> set[str]:
    """The names of settings that are strings, and of another type nowhere: `init` is a number in Adagrad's settings."""
    files = [path.read_text(encoding="utf-8") for path in (ROOT / "shared").rglob("*.py")]
    found = [pair for file in files for pair in re.findall(r"^    (\w+): (\w+)", file, re.MULTILINE)]
    return {name for name, kind in found if kind == "str"} - {name for name, kind in found if kind != "str"}


def is_type(node: ast.AST) -> bool:
    return text(node).split(".")[-1] in ("dtype", "int64", "float32", "float64")


def made_alike(kind: ast.ClassDef | None) -> dict[str, str]:
    """Return how each attribute of a class is made: the function, and its shape or the stem of its name."""
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
    """Whether a statement runs for its side effect."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return "super()" not in text(node) and last_name(node.value) != "register_buffer"
    return isinstance(node, ast.AugAssign)


def stored(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def known_before(site: Site) -> set[str]:
    """Return the local names that have a value before this statement first runs."""
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
    """Whether an iteration reads a value that the previous one has set."""
    written = stored(loop.target)
    left = {name for part in loop.body for name in stored(part)} - written
    for part in loop.body:
        read = {n.id for n in ast.walk(part) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        if read & (left - written):
            return True
        written |= stored(part)
    return False


def is_asked_for_truth(site: Site) -> bool:
    """Whether only the truth of a value is used, which doubling does not change."""
    parent = site.parent
    return (
        (isinstance(parent, ast.If | ast.IfExp | ast.While) and site.field == "test")
        or isinstance(parent, ast.BoolOp)
        or (isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not))
    )


def is_default(call: ast.Call, keyword: ast.keyword) -> bool:
    """Whether a keyword argument is redundant, here on the CPU, because it is the default."""
    if keyword.arg == "device":
        return True
    return text(keyword.value) in DEFAULTS.get((last_name(call), keyword.arg or ""), ())


def is_set_of_axes(site: Site) -> bool:
    """Whether a tuple lists the axes of a sum or a mean, whose order changes only the rounding."""
    holder = site.ancestors[-2] if isinstance(site.parent, ast.keyword) else site.parent
    if not isinstance(site.node, ast.Tuple) or last_name(holder) not in REDUCTIONS:
        return False
    return all(isinstance(part, ast.Constant) for part in site.node.elts)


def is_summed_over(site: Site) -> bool:
    """Whether the elements of a tuple are summed: their order changes only the rounding."""
    if not isinstance(site.parent, ast.comprehension):
        return False
    return any(last_name(node) in ("sum", "add_n") for node in site.ancestors[-3:-1])


def looks_at_one_place(site: Site) -> bool:
    """Whether an option sets padding that cannot matter: a 1x1 kernel needs none, and windows that do not overlap cover
    the whole of an image of even size, as all pooled images are here."""
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
    """The shape of a variable or parameter, as written in the source."""
    for node in ast.walk(made):
        if last_name(node) == "empty" and isinstance(node, ast.Call):
            return [text(part) for part in node.args]
        if last_name(node) == "get_variable" and isinstance(node, ast.Call) and isinstance(node.args[1], ast.Tuple):
            return [text(part) for part in node.args[1].elts]
    return []
