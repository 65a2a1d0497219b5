"""What a module depends on: the files that it imports, directly or indirectly, and hashes of their syntax trees.

Imports are read from the syntax tree, so nothing is run and no framework is needed. Comments, docstrings and line
breaks do not change a hash; a changed number does.
"""

import ast
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from benchmarks.environment import ROOT

PACKAGES = ("shared", "static_tf", "dynamic_torch", "benchmarks")
DATA = "shared/data"  # the folder of data files that ship; a module that names one of them depends on its bytes


def closure(modules: Collection[str], root: Path = ROOT) -> dict[str, Path]:
    """The project's modules that are loaded when these run, by name: they, their packages, and all their imports.

    Modules that are loaded by name at run time are not found; the caller must pass them, too. Raises `LookupError` if
    a given module does not exist, because the closure would then silently be too small.
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
    """A hash of a file's syntax tree and of the data files that it names."""
    syntax, _, loaded = _read(path, path.stat().st_mtime_ns)
    files = [root / DATA / name for name in sorted(_shipped(root).intersection(loaded))]
    data = [_bytes(file, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(" ".join([syntax, *data]).encode()).hexdigest()


@dataclass
class _Source:
    """The parts of a source file that matter for its hash."""

    words: list[str] = field(default_factory=list)  # its syntax tree
    imports: list[tuple[int, str, list[str]]] = field(default_factory=list)  # level, module, and names
    strings: list[str] = field(default_factory=list)  # literals that it passes to functions

    def add(self, node: ast.AST, runs: bool = True) -> None:
        """Add a syntax tree without its docstrings. Unlike those of `ast.dump`, its words are the same in every version
        of Python. Imports under `if TYPE_CHECKING` do not count, because they do not run."""
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
            if value is None or value == [] or name in ("ctx", "kind", "type_comment"):  # these add no information
                continue
            self.words.append(name)
            for part in value if isinstance(value, list) else [value]:
                if not isinstance(part, ast.AST):
                    self.words.append(repr(part))
                elif not _is_text(part):
                    self.add(part, runs)
        self.words.append(".")


def _is_text(node: ast.AST) -> bool:
    """Whether this is a statement that consists only of a string, such as a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@cache
def _read(path: Path, modified: int) -> tuple[str, list[tuple[int, str, list[str]]], list[str]]:
    """The hash of a file's syntax, its imports, and the strings that it passes to functions. `modified` is the file's
    modification time, so a changed file is read again."""
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
    """The modules of the project that a module imports, with the packages that contain them."""
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
    """The packages that contain a module, which are imported before it, and the module itself."""
    parts = module.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


@cache
def _file(module: str, root: Path) -> Path | None:
    """The file of a module; None if the name is not a module's, but for example a function's."""
    path = root.joinpath(*module.split("."))
    if (path / "__init__.py").is_file():
        return path / "__init__.py"
    return path.with_suffix(".py") if path.with_suffix(".py").is_file() else None
