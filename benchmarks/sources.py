"""What a module depends on: the files that it imports, directly or not, and what they say to the interpreter.

Imports are read from the syntax, so nothing is run and no framework is needed. A comment, a docstring or another way to
break a line says nothing to the interpreter; a changed number does.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from benchmarks.environment import ROOT

PACKAGES = ("shared", "static_tf", "dynamic_torch", "benchmarks")
DATA = "shared/data"  # the files that ship: a module that names one depends on its bytes


def closure(modules: Iterable[str], root: Path = ROOT) -> dict[str, Path]:
    """The project's modules that running these loads, by name: they, their packages, and what all of them import.

    What a module loads by name, at run time, is not among them: whoever asks for a closure names it.
    """
    found: dict[str, Path] = {}
    waiting = [part for module in modules for part in _with_packages(module)]
    while waiting:
        module = waiting.pop()
        path = _file(module, root)
        if module not in found and path is not None:
            found[module] = path
            waiting += _imported(path, path.stat().st_mtime_ns, module)
    return found


def digest(path: Path) -> str:
    """A hash of a file's syntax tree without docstrings, and of the data files that it names."""
    return _read(path, path.stat().st_mtime_ns)[0]


@cache
def _read(path: Path, _: int) -> tuple[str, list[tuple[int, str, list[str]]]]:
    """The hash of a file, and its imports; read again when the file has changed."""
    tree = ast.parse(path.read_bytes())
    imports = list(_imports(tree))
    found = hashlib.sha256(ast.dump(_without_docstrings(tree)).encode())
    for data in sorted(_data(tree, path)):
        found.update(data.read_bytes())
    return found.hexdigest(), imports


def _without_docstrings(tree: ast.Module) -> ast.Module:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return tree


def _data(tree: ast.Module, path: Path) -> Iterator[Path]:
    """The files that ship, of those whose name is a string in a file of `shared`."""
    root = next((parent for parent in path.parents if (parent / DATA).is_dir()), None)
    if root is None or root / "shared" not in path.parents:
        return
    strings = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    yield from (file for file in (root / DATA).iterdir() if file.name in strings)


@cache
def _imported(path: Path, modified: int, module: str) -> list[str]:
    """The modules of the project that a module imports, with the packages that they are in."""
    found: list[str] = []
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for level, base, names in _read(path, modified)[1]:
        if level:  # relative to the package of this module
            parts = package.split(".")
            base = ".".join([*parts[: len(parts) - level + 1], *filter(None, [base])])
        found += [base, *(f"{base}.{name}" for name in names)]
    own = [name for name in dict.fromkeys(found) if name.partition(".")[0] in PACKAGES]
    return [part for name in own for part in _with_packages(name)]


def _imports(tree: ast.Module) -> Iterator[tuple[int, str, list[str]]]:
    """Level, module and names of every import, at the top of a file or within a function; not those for types alone."""
    for node in _run(tree):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or "", [alias.name for alias in node.names]


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree that run: not those under `if TYPE_CHECKING`."""
    yield node
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return
    for child in ast.iter_child_nodes(node):
        yield from _run(child)


@cache
def _with_packages(module: str) -> list[str]:
    """A module after the packages that it is in, which are imported before it."""
    parts = module.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


@cache
def _file(module: str, root: Path) -> Path | None:
    """The file of a module; None for a name that is none, such as that of a function."""
    path = root.joinpath(*module.split("."))
    if (path / "__init__.py").is_file():
        return path / "__init__.py"
    return path.with_suffix(".py") if path.with_suffix(".py").is_file() else None
