"""What a module depends on: the files that it imports, directly or not, and what they say to the interpreter.

Imports are read from the syntax, so nothing is run and no framework is needed. A comment, a docstring or another way to
break a line says nothing to the interpreter; a changed number does.
"""

import ast
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from benchmarks.environment import ROOT

PACKAGES = ("shared", "static_tf", "dynamic_torch", "benchmarks")
DATA = "shared/data"  # the files that ship: a module that names one depends on its bytes


def closure(modules: Collection[str], root: Path = ROOT) -> dict[str, Path]:
    """The project's modules that running these loads, by name: they, their packages, and what all of them import.

    What a module loads by name, at run time, is not among them: whoever asks for a closure names it. Raises
    `LookupError` if there is no module of a name that is given: a closure without it would be too small, unnoticed.
    """
    missing = [module for module in modules if _file(module, root) is None]
    if missing:
        raise LookupError(f"no such module: {', '.join(missing)}")
    found: dict[str, Path] = {}
    waiting = [part for module in modules for part in _with_packages(module)]
    while waiting:
        module = waiting.pop()
        path = _file(module, root)
        if module not in found and path is not None:
            found[module] = path
            waiting += _imported(path, path.stat().st_mtime_ns, module)
    return found


def digest(path: Path, root: Path = ROOT) -> str:
    """A hash of a file's syntax tree, and of the data files that it loads."""
    syntax, _, loaded = _read(path, path.stat().st_mtime_ns)
    files = [root / DATA / name for name in sorted(_shipped(root).intersection(loaded))]
    data = [_bytes(file, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(" ".join([syntax, *data]).encode()).hexdigest()


@dataclass
class _Source:
    """What is read from one file."""

    words: list[str] = field(default_factory=list)  # its syntax tree
    imports: list[tuple[int, str, list[str]]] = field(default_factory=list)  # level, module, and names
    strings: list[str] = field(default_factory=list)  # that it hands to functions

    def add(self, node: ast.AST, runs: bool = True) -> None:
        """Add a syntax tree without its docstrings, in words that are the same in every version of Python, as those of
        `ast.dump` are not. What does not run (`if TYPE_CHECKING`) imports nothing."""
        self.words.append(type(node).__name__)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            runs = False
        elif isinstance(node, ast.Import) and runs:
            self.imports += [(0, alias.name, []) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and runs:
            self.imports.append((node.level, node.module or "", [alias.name for alias in node.names]))
        elif isinstance(node, ast.Call):
            values = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            self.strings += [value for value in values if isinstance(value, str)]
        for name in node._fields:
            value = getattr(node, name, None)
            if value is None or value == [] or name in ("ctx", "kind", "type_comment"):  # which say nothing more
                continue
            self.words.append(name)
            for part in value if isinstance(value, list) else [value]:
                if not isinstance(part, ast.AST):
                    self.words.append(repr(part))
                elif not _is_text(part):
                    self.add(part, runs)
        self.words.append(".")


def _is_text(node: ast.AST) -> bool:
    """Whether this is a statement that is a string only, such as a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@cache
def _read(path: Path, modified: int) -> tuple[str, list[tuple[int, str, list[str]]], list[str]]:
    """The hash of a file's syntax, its imports, and the strings that it hands to functions; once for every change."""
    source = _Source()
    source.add(ast.parse(path.read_bytes()))
    return hashlib.sha256(" ".join(source.words).encode()).hexdigest(), source.imports, source.strings


@cache
def _shipped(root: Path) -> set[str]:
    """The names of the data files that ship."""
    return {file.name for file in (root / DATA).iterdir()}


@cache
def _bytes(path: Path, modified: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
