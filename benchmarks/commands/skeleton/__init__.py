"""`make model`: write the three files and the test of a new model, and add it to the catalogue.

The new model is complete: it fits a line through points, its twins are proven equal, it reaches its target and passes
the tests of conventions. It is meant to be replaced.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from keyword import iskeyword
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from shared.catalog import CATALOG, CHAPTERS
from shared.errors import UsageError

CATALOGUE = "shared/catalog.py"
WIDTH = 120  # of a line


def create(name: str, chapter: str, root: Path) -> list[Path]:
    """Write the files of a model into the tree at `root`; return their paths, the catalogue's last.

    Raises `UsageError`, before anything is written, if the name is not a new snake_case identifier or the lecture has
    no such chapter.
    """
    check(name, chapter)
    templates = {
        f"shared/{chapter}/{name}.py": "shared.txt",
        f"static_tf/{chapter}/{name}.py": "static.txt",
        f"dynamic_torch/{chapter}/{name}.py": "dynamic.txt",
        f"tests/models/{chapter}/test_{name}.py": "test.txt",
    }
    there = [path for path in templates if (root / path).exists()]
    if there:
        raise UsageError(f"{there[0]} already exists: choose another name, or remove it first")
    catalogue = root / CATALOGUE
    text = with_model(catalogue.read_text(encoding="utf-8"), name, chapter)
    written = _texts(templates, name, chapter)
    for path, content in written.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        package = (root / path).parent / "__init__.py"
        if not package.exists():
            said = "" if path.startswith("tests") else f'"""The chapter {chapter} of the lecture."""\n'
            package.write_text(said, encoding="utf-8")
        (root / path).write_text(content, encoding="utf-8")
    catalogue.write_text(text, encoding="utf-8")
    return [*(root / path for path in templates), catalogue]


def _texts(templates: Mapping[str, str], name: str, chapter: str) -> dict[str, str]:
    """The text of each path. The test contains the sums of absolute initial values and of the first batch, which depend
    on the name."""
    words = {"name": name, "chapter": chapter, "class_name": class_name(name), "title": name.replace("_", " ")}
    read = {
        path: files(__package__).joinpath(template).read_text(encoding="utf-8") for path, template in templates.items()
    }
    scope: dict[str, Any] = {"__name__": f"shared.{chapter}.{name}"}
    exec(Template(read[f"shared/{chapter}/{name}.py"]).substitute(words), scope)
    spec = scope[words["class_name"]]()
    for word, values in (("initial", spec.initial()), ("first_batch", next(spec.batches()))):
        words[word] = f"{sum(np.abs(value).sum(dtype=np.float64) for value in values.values()):.10g}"
    return {path: Template(text).substitute(words) for path, text in read.items()}


def check(name: str, chapter: str) -> None:
    """Raise `UsageError` if this is not a valid name of a new model, or not a chapter of the lecture."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or iskeyword(name):
        raise UsageError(
            f"{name!r} is not a valid model name: use lowercase letters, digits and single underscores, as in my_model"
        )
    if name in CATALOG:
        raise UsageError(f"there is a model {name} already, in the chapter {CATALOG[name].chapter}")
    if chapter not in CHAPTERS:
        raise UsageError(f"the lecture has no chapter {chapter!r}: choose from {', '.join(CHAPTERS)}")


def class_name(name: str) -> str:
    """The class name of a model: MyModel for my_model."""
    return "".join(word.capitalize() for word in name.split("_"))


def with_model(text: str, name: str, chapter: str) -> str:
    """The text of the catalogue with one more model at the end of a chapter."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "CHAPTERS":
            assert isinstance(node.value, ast.Dict)
            for key, value in zip(node.value.keys, node.value.values):
                if isinstance(key, ast.Constant) and key.value == chapter:
                    lines = text.splitlines(keepends=True)
                    own = _line(chapter, [*ast.literal_eval(value), name])
                    return "".join([*lines[: key.lineno - 1], own, *lines[(value.end_lineno or 0) :]])
    raise UsageError(f"{CATALOGUE} has no chapter {chapter!r}")


def _line(chapter: str, names: Sequence[str]) -> str:
    """A chapter with its models, on one line if it fits, as the formatter writes it."""
    quoted = [f'"{name}"' for name in names]
    line = f'    "{chapter}": ({", ".join(quoted)}{"," if len(quoted) == 1 else ""}),\n'
    if len(names) < 4 and len(line) <= WIDTH:
        return line
    return f'    "{chapter}": (\n' + "".join(f"        {name},\n" for name in quoted) + "    ),\n"
