"""Figures that were drawn before. Drawing one takes a tenth of a second, a page has a hundred and is written often.

A figure is kept in memory and, inside of `cached_in`, in a folder, by a hash of what it shows and of its code.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report.figures.drawing import Picture
from benchmarks.results import replace
from benchmarks.sources import closure, digest
from shared.spec import Spec

MOST = 500  # figures in the folder; beyond, those that were not used for longest are removed

_FOLDER: ContextVar[Path | None] = ContextVar("folder", default=None)
_PICTURES: dict[str, Picture] = {}


@contextmanager
def cached_in(folder: Path) -> Iterator[None]:
    """Context in which figures are also kept in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    token = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(token)
        by_use = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in by_use[:-MOST]:
            path.unlink(missing_ok=True)


def cached_picture(draw: Callable[..., Picture], *shown: Any) -> Picture:
    """Return `draw(*shown)`, or the same figure from before."""
    key = hashlib.sha256(repr((_code(), draw.__module__, draw.__qualname__, _content(shown))).encode()).hexdigest()
    folder = _FOLDER.get()
    path = folder / f"{key}.json" if folder else None
    if key not in _PICTURES:
        known = _read(path) if path else None
        _PICTURES[key] = known or draw(*shown)
    if path and not path.exists():
        replace(path, json.dumps({"svg": _PICTURES[key].svg, "caption": _PICTURES[key].caption}))
    elif path:
        os.utime(path)
    return _PICTURES[key]


def _read(path: Path) -> Picture | None:
    """A figure from a file; None if there is none, or it is damaged."""
    with suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict) and all(isinstance(found.get(name), str) for name in ("svg", "caption")):
            return Picture(found["svg"], found["caption"])
    return None


@cache
def _code() -> str:
    """What figures depend on besides what they show: this folder's code with all that it imports, and matplotlib."""
    modules = [f"{__package__}.{path.stem}" for path in Path(__file__).parent.glob("*.py")]
    files = sorted(closure(modules).items())
    return " ".join([metadata.version("matplotlib"), *(digest(path) for _, path in files)])


def _content(x: Any) -> Any:
    """Something with a `repr` that tells values apart: arrays by their bytes, a spec by its configuration."""
    if isinstance(x, np.ndarray):
        return x.dtype.str, x.shape, hashlib.sha256(np.ascontiguousarray(x).tobytes()).hexdigest()
    if isinstance(x, Mapping):
        return [(name, _content(value)) for name, value in x.items()]
    if isinstance(x, list | tuple):
        return [_content(value) for value in x]
    if isinstance(x, Spec):
        return type(x).__name__, repr(x.config), x.seed
    if is_dataclass(x):
        return [(one.name, _content(getattr(x, one.name))) for one in fields(x)]
    return x
