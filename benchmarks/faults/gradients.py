"""Where gradients flow in a class, read from its syntax tree: detaching a value without a gradient is not a fault.

A model's inputs need no gradient, and neither do values computed from them alone: labels in another form, a method's
argument that is an input in every call. Integers have no gradient. None flows through a method that is called only
where gradients are stopped.
"""

import ast
from collections.abc import Iterator
from functools import cache

from benchmarks.faults.mutant import Site, last_name, text
from benchmarks.faults.tables import HOLDERS, OUTSIDE_THE_GRADIENT

CONSTANT = ("config", "dtype", "tap", "images")  # attributes of a model that do not depend on parameters

Data = dict[str, set[str]]  # method -> the names in it that hold data


def flows_through(site: Site) -> bool:
    """Whether a gradient of the loss can flow back through the value of a name."""
    if site.function is None or site.function.name in OUTSIDE_THE_GRADIENT:
        return False
    if site.kind is not None:
        if text(site.node) in data(site.kind)[site.function.name] or site.function.name in held(site.kind):
            return False
        if any(_holds_back(node) for node in site.ancestors):
            return False
    result_unused = len(site.ancestors) > 1 and isinstance(site.ancestors[-2], ast.Expr)
    return text(site.node) not in integers(site.function) and not result_unused


@cache
def data(kind: ast.ClassDef) -> Data:
    """Return the names in each method of a class that hold data: inputs, and values that depend only on inputs."""
    methods = {node.name: node for node in kind.body if isinstance(node, ast.FunctionDef)}
    taps = {
        str(node.args[0].value)
        for node in ast.walk(kind)
        if isinstance(node, ast.Call) and last_name(node) == "tap" and isinstance(node.args[0], ast.Constant)
    }
    found = {name: _arguments(node) - taps if _takes_inputs(name) else set() for name, node in methods.items()}
    while True:
        before = {name: set(own) for name, own in found.items()}
        for name, node in methods.items():
            found[name] |= {target for target, value in _assigned(node) if _is_data(value, found[name])}
            found[name] -= {target for target, value in _assigned(node) if not _is_data(value, found[name])}
            if not _takes_inputs(name):
                found[name] |= _always_given(name, methods, found)
        if found == before:
            return found


def _takes_inputs(method: str) -> bool:
    """Whether the harness calls a method, with the model's inputs and output."""
    return method == "forward" or method == "loss" or method.endswith("_loss")


def _arguments(function: ast.FunctionDef) -> set[str]:
    return {argument.arg for argument in function.args.args[1:]}


def _assigned(function: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """Yield every assignment in a method, as a pair of name and value."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                        yield name.id, node.value
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.value


def _is_data(value: ast.AST, known: set[str]) -> bool:
    """Whether an expression depends on data only."""
    if not any(isinstance(node, ast.Name) and node.id in known for node in ast.walk(value)):
        return False
    for node in ast.walk(value):
        if isinstance(node, ast.Attribute) and text(node.value) == "self" and node.attr not in CONSTANT:
            return False
        if isinstance(node, ast.Name) and node.id not in known | {"self", "tf", "torch", "F", "rearrange"}:
            return False
    return True


def _always_given(name: str, methods: dict[str, ast.FunctionDef], found: Data) -> set[str]:
    """The arguments of a method that are data in each of its calls."""
    names = [argument.arg for argument in methods[name].args.args[1:]]
    given: list[set[str]] = []
    for caller, node in methods.items():
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and text(call.func) == f"self.{name}":
                values = dict(zip(names, call.args)) | {k.arg: k.value for k in call.keywords if k.arg}
                given.append({argument for argument, value in values.items() if _is_data(value, found[caller])})
    return set.intersection(*given) if given else set()


@cache
def held(kind: ast.ClassDef) -> set[str]:
    """Return the methods of a class that are called only where gradients are stopped."""
    methods = {node.name: node for node in kind.body if isinstance(node, ast.FunctionDef)}
    found: set[str] = set()
    while True:
        called: dict[str, list[bool]] = {}
        for name, node in methods.items():
            for call, holders in _calls(node, ()):
                called.setdefault(call, []).append(name in found or any(map(_holds_back, holders)))
        now = {name for name, calls in called.items() if name in methods and all(calls)}
        if now == found:
            return found
        found = now


def _calls(node: ast.AST, around: tuple[ast.AST, ...]) -> Iterator[tuple[str, tuple[ast.AST, ...]]]:
    """Yield each call of an own method in a piece of code: its name, and the nodes around the call."""
    if isinstance(node, ast.Call) and text(node.func).startswith("self.") and text(node.func).count(".") == 1:
        yield last_name(node), around
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, (*around, node))


def _holds_back(node: ast.AST) -> bool:
    """Whether a node stops gradients, as `stop_gradient` and `no_grad` do."""
    if isinstance(node, ast.With):
        return any(last_name(item.context_expr) in HOLDERS for item in node.items)
    return isinstance(node, ast.Call) and last_name(node) in HOLDERS


@cache
def integers(function: ast.FunctionDef) -> set[str]:
    """Return the names in a function that count or index: those in a range, a subscript or an f-string."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.For | ast.comprehension) and last_name(node.iter) == "range":
            found |= {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
        elif isinstance(node, ast.For | ast.comprehension) and last_name(node.iter) == "enumerate":
            first = node.target.elts[0] if isinstance(node.target, ast.Tuple) else node.target
            found |= {n.id for n in ast.walk(first) if isinstance(n, ast.Name)}
        parts: list[ast.AST] = []
        if isinstance(node, ast.Subscript):
            parts = [node.slice]
        elif isinstance(node, ast.JoinedStr):
            parts = [node]
        elif last_name(node) == "range" and isinstance(node, ast.Call):
            parts = [*node.args]
        found |= {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}
    return found
