"""Results on disk: `environment` and `rows`, written whole or not at all, and what of them is still true."""

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environment import ROOT, environment
from shared.catalog import CATALOG
from shared.errors import UsageError

Row = dict[str, Any]


def replace(path: Path, content: str | bytes) -> None:
    """Put a whole file in the place of another: after an interrupt or on a full disk the old one is still there."""
    data = content.encode() if isinstance(content, str) else content
    try:
        _replace(path, data)
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}); what it held before is still there") from error


def _replace(path: Path, data: bytes) -> None:
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.chmod(draft, 0o644)  # a temporary file is its owner's alone; results are for reading
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def claim_folder(folder: Path) -> None:
    """Make a folder that results can be written to, or refuse before anything is measured."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(f"cannot write into {folder} ({error.strerror}): choose another folder") from error


def finite(value: Any) -> Any:
    """JSON has no NaN and no infinity: they become the strings "nan", "inf" and "-inf"."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


class Results:
    """Rows that are on disk as soon as they are added, if there is a file for them."""

    def __init__(self, path: Path | None = None):
        self.path = path
        self.rows: list[Row] = []
        self.latest: list[Row] = []  # what was added last
        self.environment = environment()
        if path is not None:
            if path.is_dir():
                raise UsageError(f"{path} is a folder: name a file for the results")
            claim_folder(path.parent)

    def add(self, rows: Iterable[Row]) -> None:
        """Keep some more rows."""
        self.latest = [{name: finite(value) for name, value in row.items()} for row in rows]
        self.rows += self.latest
        self.save()

    def save(self) -> None:
        """Write what there is."""
        if self.path is not None:
            replace(self.path, json.dumps(self.as_dict(), indent=1, allow_nan=False) + "\n")

    def as_dict(self) -> dict[str, Any]:
        """What stands in the file."""
        return {"environment": self.environment, "rows": self.rows}


def fingerprint(kind: str, model: str, *settings: Any) -> str:
    """What the results of one model depend on, as a hash: sources, versions, settings and, for timings, the machine.

    Of the three trees this is everything but the other models' files; of the harness, the part that makes this kind.
    """
    others = {name for name in CATALOG if name != model}
    sources = [path for tree in ("shared", "static_tf", "dynamic_torch") for path in (ROOT / tree).rglob("*.py")]
    sources = [path for path in sources if path.stem not in others and path.name != "catalog.py"]
    sources += [ROOT / "benchmarks" / "twins.py", *_harness(kind)]
    facts = {
        "sources": {str(p.relative_to(ROOT)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(sources)},
        "entry": repr(CATALOG[model]),
        "versions": [_version(package) for package in ("numpy", "scikit-learn", "tensorflow", "torch")],
        "settings": settings,
    }
    if kind == "speed":
        facts["machine"] = {k: v for k, v in environment().items() if k not in ("date", "commit")}
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def _harness(kind: str) -> list[Path]:
    """The part of the harness that makes results of this kind. A timing rests on a proof."""
    folder = ROOT / "benchmarks"
    files = {"learning": [folder / "learn.py"], "parity": [], "speed": sorted((folder / "speed").glob("*.py"))}[kind]
    return files if kind == "learning" else [*files, *sorted((folder / "parity").glob("*.py"))]


def _version(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return f"{package} missing"


class Kept:
    """Results of earlier runs, one file a kind, model and variant; each is read back only while it is still true."""

    def __init__(self, folder: Path):
        self.folder = folder
        claim_folder(folder)

    def _path(self, kind: str, model: str, variant: str, ending: str) -> Path:
        return self.folder / f"{kind}-{model}-{variant}.{ending}"

    def read(self, kind: str, model: str, variant: str, mark: str) -> dict[str, Any] | None:
        """The results that were kept under this fingerprint; None if there are none, or the file is damaged."""
        try:
            found = json.loads(self._path(kind, model, variant, "json").read_text())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and found.get("fingerprint") == mark else None

    def write(self, kind: str, model: str, variant: str, mark: str, rows: list[Row], **more: Any) -> dict[str, Any]:
        """Keep results under a fingerprint; returns them as `read` would."""
        kept = {
            "fingerprint": mark,
            "environment": environment(),
            "rows": [{k: finite(v) for k, v in row.items()} for row in rows],
            **more,
        }
        replace(self._path(kind, model, variant, "json"), json.dumps(kept, allow_nan=False))
        return kept


def to_lists(arrays: dict[str, Any]) -> dict[str, Any]:
    """Arrays, and NumPy's scalars, as JSON can hold them; what is neither stays as it is."""
    return {
        name: _listed(value) if isinstance(value, np.ndarray | np.generic) else value for name, value in arrays.items()
    }


def _listed(value: np.ndarray | np.generic) -> dict[str, Any]:
    return {"dtype": str(value.dtype), "shape": value.shape, "values": np.ravel(value).tolist()}


def from_lists(kept: dict[str, Any]) -> dict[str, Any]:
    """The arrays that `to_lists` wrote."""
    return {
        name: np.array(value["values"], value["dtype"]).reshape(value["shape"]) if isinstance(value, dict) else value
        for name, value in kept.items()
    }
