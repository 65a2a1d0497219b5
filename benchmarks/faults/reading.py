"""What an operator reads in the syntax tree around a node, to leave out what would be no fault."""

import ast

from benchmarks.faults.mutant import Site, last_name, text
from benchmarks.faults.tables import SETTINGS


def is_setting(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and text(node.value) in SETTINGS


def is_type(node: ast.AST) -> bool:
    return text(node).split(".")[-1] in ("dtype", "int64", "float32", "float64")


def given(site: Site) -> set[str]:
    """The arguments of a method that are the model's inputs: nothing learns from a gradient there."""
    inputs = [node for node in site.kind.body if getattr(node, "name", "") == "inputs"] if site.kind else []
    keys = {key.value for part in inputs for n in ast.walk(part) if isinstance(n, ast.Dict) for key in n.keys}  # type: ignore[union-attr]
    assert site.function is not None
    named_by_the_batch = site.function.name == "forward" or site.function.name.endswith("loss")
    return keys & {argument.arg for argument in site.function.args.args} if named_by_the_batch else set()


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
