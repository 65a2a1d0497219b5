"""Results on disk: `environment` and `rows`, written whole or not at all, and what of them is still true."""

import hashlib
import json
import math
import os
import re
import tempfile
from collections.abc import Callable, Iterable
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


def read(path: Path) -> dict[str, Any]:
    """The `environment` and `rows` of a results file; a file that is none is refused by name."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"results file {path} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise UsageError(f"results file {path} is damaged: it is no JSON ({error})") from error
    rows = found.get("rows") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{path} is no results file: it has no rows")
    if not isinstance(found.get("environment"), dict):
        raise UsageError(f"{path} is no results file: it has no environment")
    return found


class Results:
    """Rows that are on disk as soon as they are added, if there is a file for them.

    With `resume`, rows that the file has already are kept.
    """

    def __init__(self, path: Path | None = None, resume: bool = False):
        self.path = path
        self.rows: list[Row] = read(path)["rows"] if resume and path is not None and path.exists() else []
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

    def drop(self, stale: Callable[[Row], bool]) -> None:
        """Forget rows that are measured anew."""
        self.rows = [row for row in self.rows if not stale(row)]

    def save(self) -> None:
        """Write what there is."""
        if self.path is not None:
            replace(self.path, json.dumps(self.as_dict(), indent=1, allow_nan=False) + "\n")

    def as_dict(self) -> dict[str, Any]:
        """What stands in the file."""
        return {"environment": self.environment, "rows": self.rows}


TIMED = ("layers.py", "cost.py", "profile.py")  # in the trees: what timings alone depend on


def fingerprint(kind: str, model: str = "", *settings: Any) -> str:
    """What results depend on, as a hash: sources, versions, settings and, for timings, the machine.

    Of the three trees this is everything but the other models' files; of the harness, the part that makes this kind.
    "optimizers" is no model: its faults are looked for in all that use it, so it depends on every one. The known
    differences are of no model, and have files of their own.
    """
    starts = {way.pretrained for way in CATALOG[model].variants.values()} if kind == "learning" else set()
    others = set() if model == "optimizers" else CATALOG.keys() - {model} - starts
    trees = [ROOT / tree for tree in ("shared", "static_tf", "dynamic_torch")]
    if kind == "differences":
        sources = [tree / "differences.py" for tree in trees] + [ROOT / "shared" / "randomness.py"]
    else:
        sources = [path for tree in trees for path in tree.rglob("*.py")]
        foreign = others - _lenders(model)
        apart = ("catalog.py", "differences.py", *(() if kind == "speed" else TIMED))
        sources = [p for p in sources if p.stem not in foreign and p.name not in apart]
    sources += [ROOT / "benchmarks" / "twins.py", *_harness(kind)]
    facts = {
        "sources": {str(p.relative_to(ROOT)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(sources)},
        "entry": {name: repr(entry) for name, entry in CATALOG.items() if name not in others},
        "versions": [_version(package) for package in ("numpy", "scikit-learn", "tensorflow", "torch")],
        "settings": settings,
    }
    if kind == "speed":
        facts["machine"] = {k: v for k, v in environment().items() if k not in ("date", "commit")}
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def _lenders(model: str) -> set[str]:
    """The models from whose files a model's own take a part: a residual net has its batch norm from another net."""
    found: set[str] = set()
    for tree in ("shared", "static_tf", "dynamic_torch") if model in CATALOG else ():
        text = (ROOT / CATALOG[model].path(tree)).read_text(encoding="utf-8")
        found |= set(re.findall(rf"^from {tree}\.\w+\.(\w+) import", text, re.MULTILINE))
    return found


def _harness(kind: str) -> list[Path]:
    """The part of the harness that makes results of this kind. A timing rests on a proof; so does a fault's capture."""
    patterns = {
        "parity": ["parity/*.py"],
        "learning": ["learn.py", "pretrain.py"],
        "speed": ["speed/*.py", "parity/*.py", "arms.py"],
        "mutants": ["mutants/*.py", "faults/*.py", "diagnosis/*.py", "parity/*.py"],
        "differences": ["differences.py"],
    }[kind]
    return [path for pattern in patterns for path in (ROOT / "benchmarks").glob(pattern)]


def _version(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return f"{package} missing"


class ResultCache:
    """Results of earlier runs, one file a kind, model and variant; each is read back only while it is still true.

    What is measured in all variants at once has "" for one, and what is of no model has "" for that.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        claim_folder(folder)

    def _path(self, *names: str) -> Path:
        return self.folder / f"{'-'.join(filter(None, names))}.json"

    def latest(self, kind: str, model: str, variant: str) -> dict[str, Any] | None:
        """The results that were kept last, true or not; None if there are none, or the file is damaged."""
        try:
            found = json.loads(self._path(kind, model, variant).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and {"fingerprint", "environment", "rows"} <= found.keys() else None

    def read(self, kind: str, model: str, variant: str, mark: str) -> dict[str, Any] | None:
        """The results that were kept under this fingerprint; None if there are none."""
        found = self.latest(kind, model, variant)
        return found if found and found["fingerprint"] == mark else None

    def write(self, kind: str, model: str, variant: str, mark: str, rows: list[Row], **more: Any) -> dict[str, Any]:
        """Keep results under a fingerprint; returns them as `read` would."""
        kept = {
            "fingerprint": mark,
            "environment": environment(),
            "rows": [{k: finite(v) for k, v in row.items()} for row in rows],
            **more,
        }
        replace(self._path(kind, model, variant), json.dumps(kept, allow_nan=False))
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
