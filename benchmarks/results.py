"""Results on disk: `environment` and `rows`, written atomically.

There are two file formats. `--json FILE` writes JSON: an object with `format`, `environment` and `rows`. A file whose
name ends in .jsonl.gz is compressed and has one row per line, without columns that are None and with five digits per
number; results that ship have this format. Its first line holds everything else, and the names of the columns.
"""

import gzip
import json
import math
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environment import environment
from shared.errors import UsageError

Row = dict[str, Any]

FORMAT = 1  # version of the files; files without a number are older and can still be read
LINES = ".jsonl.gz"
DIGITS = 5  # of a measured number in a .jsonl.gz file
EXACT = ("value",)  # columns that are not rounded, because they may hold a setting that rows are looked up by
LARGEST = 256 * 2**20  # bytes of a decompressed file; a larger one is not a results file


def replace(path: Path, content: str | bytes) -> None:
    """Write a file atomically: after an interrupt, or if the disk is full, the old content is still there."""
    data = content.encode() if isinstance(content, str) else content
    try:
        _replace(path, data)
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}); its old content is unchanged") from error


def _replace(path: Path, data: bytes) -> None:
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.chmod(draft, 0o644)  # only the owner can read a temporary file; anyone may read results
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def claim_folder(folder: Path) -> None:
    """Create a folder for results; raise `UsageError` if it is not writable, before anything is measured."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(f"cannot write into {folder} ({error.strerror}): choose another folder") from error


def finite(value: Any) -> Any:
    """The value, with NaN and infinities as the strings "nan", "inf" and "-inf", because JSON has neither."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def read(path: Path) -> dict[str, Any]:
    """The `environment`, `rows` and further entries of a results file. Any other file raises `UsageError`.

    Columns that had another name in an older version get their present names.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"results file {path} cannot be read ({error.strerror})") from error
    try:
        found = _from_lines(_decompressed(data)) if data[:2] == b"\x1f\x8b" else json.loads(data)
    except (ValueError, RecursionError, zlib.error) as error:
        raise UsageError(f"results file {path} is damaged: it is not valid JSON ({error})") from error
    number = found.get("format", 0) if isinstance(found, dict) else 0
    if number not in range(FORMAT + 1):
        raise UsageError(f"{path} has format {number}, and this version reads up to {FORMAT}: use a newer version")
    rows = found.get("rows") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{path} is not a results file: it has no rows")
    if not isinstance(found.get("environment"), dict):
        raise UsageError(f"{path} is not a results file: it has no environment")
    return found if number else {**found, "rows": [_renamed(row) for row in rows]}


def _decompressed(data: bytes) -> bytes:
    """The content of a gzip file. Raises `ValueError` if it is truncated, has trailing data, or is too large."""
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # with the header of gzip
    found = reader.decompress(data, LARGEST)
    if reader.unconsumed_tail:
        raise ValueError(f"it holds more than {LARGEST} bytes")
    if not reader.eof:
        raise ValueError("it is cut off")
    if reader.unused_data:
        raise ValueError("something follows its end")
    return found


def _from_lines(data: bytes) -> dict[str, Any]:
    """The object in the first line, with the other lines as its `rows`; columns that a row leaves out are None."""
    first, *rows = (json.loads(line) for line in data.splitlines())
    if not isinstance(first, dict):
        raise ValueError("its first line is no object")
    columns = first.pop("columns", [])
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        raise ValueError("its columns are no list of names")
    blank = dict.fromkeys(columns)
    return {**first, "rows": [{**blank, **row} if isinstance(row, dict) else row for row in rows]}


def to_lines(environment: dict[str, Any], rows: Iterable[Row], **more: Any) -> bytes:
    """Rows as the compressed content of a .jsonl.gz file. The same rows give the same bytes."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    first = {"format": FORMAT, "environment": environment, **more, "columns": columns}
    lines = [first, *(_line(row) for row in rows)]
    text = "".join(json.dumps(line, allow_nan=False) + "\n" for line in lines)
    return gzip.compress(text.encode(), mtime=0)


def _line(row: Row) -> Row:
    """A row without the columns that are None, and with measured numbers rounded to DIGITS."""
    return {n: value if n in EXACT else _short(value) for n, value in row.items() if value is not None}


def _short(value: Any) -> Any:
    """The value with every float in it rounded to DIGITS significant digits."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {name: _short(part) for name, part in value.items()}
    return [_short(part) for part in value] if isinstance(value, list | tuple) else value


def _renamed(row: Row) -> Row:
    """A row of a file without a format number, with present names."""
    renamed = {"optimizer" if name == "rule" else name: value for name, value in row.items()}
    if row.get("against") == "layers":
        renamed |= {"against": "baseline", "side": str(row.get("side")).replace(" layers", " baseline")}
        if isinstance(row.get("conclusion"), str):
            renamed["conclusion"] = row["conclusion"].replace("layers faster", "baseline faster")
    return renamed


class Results:
    """Rows, written to disk as soon as they are added if `path` is given.

    With `resume`, rows that are already in the file are kept.
    """

    def __init__(self, path: Path | None = None, resume: bool = False):
        self.path = path
        self.rows: list[Row] = read(path)["rows"] if resume and path is not None and path.exists() else []
        self.latest: list[Row] = []  # the rows of the last `add`
        self.environment = environment()
        if path is not None:
            if path.is_dir():
                raise UsageError(f"{path} is a folder: name a file for the results")
            claim_folder(path.parent)

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows and save."""
        self.latest = [{name: finite(value) for name, value in row.items()} for row in rows]
        self.rows += self.latest
        self.save()

    def drop(self, stale: Callable[[Row], bool]) -> None:
        """Remove stale rows, which are about to be measured again."""
        self.rows = [row for row in self.rows if not stale(row)]

    def save(self) -> None:
        """Write all rows to the file, if there is one."""
        if self.path is not None:
            lines = self.path.name.endswith(LINES)
            whole = json.dumps(self.as_dict(), indent=1, allow_nan=False) + "\n"
            replace(self.path, to_lines(self.environment, self.rows) if lines else whole)

    def as_dict(self) -> dict[str, Any]:
        """The content of the file."""
        return {"format": FORMAT, "environment": self.environment, "rows": self.rows}


def to_lists(arrays: dict[str, Any]) -> dict[str, Any]:
    """Convert arrays and NumPy scalars to a form that JSON can hold; other values are unchanged."""
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
