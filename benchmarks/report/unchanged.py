"""Whether the page on disk is the one that would be written: then it need not be, which takes longer than all else."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from benchmarks.environment import ROOT
from benchmarks.results import replace
from benchmarks.sources import PACKAGES

STAMP = "page.stamp"  # a file in the folder of stored results


def stamp(folder: Path, shown: Iterable[str]) -> str:
    """A hash of `shown`, what the page is about; and of the size and the time of every file of the page, of the stored
    results and of the project.
    """
    own = [ROOT / "pyproject.toml", *(path for package in PACKAGES for path in (ROOT / package).rglob("*.*"))]
    pages = [*folder.glob("*.html"), *folder.glob("*.csv"), *(folder / "kept").glob("*.json")]
    found = {
        str(path): (facts.st_size, facts.st_mtime_ns)
        for path in (*own, *pages)
        if path.suffix not in (".pyc", ".lock")
        for facts in [path.stat()]
    }
    return hashlib.sha256(repr((sorted(found.items()), sorted(shown))).encode()).hexdigest()


def is_written(folder: Path, shown: Iterable[str]) -> bool:
    """Whether the page in `folder` was written from these very files."""
    remembered = folder / "kept" / STAMP
    return remembered.exists() and remembered.read_text() == stamp(folder, shown)


def remember(folder: Path, shown: Iterable[str]) -> None:
    """Remember what the page was written from."""
    replace(folder / "kept" / STAMP, stamp(folder, shown))
