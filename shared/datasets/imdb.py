"""The film reviews of IMDB (Maas et al. 2011), which do not ship: 25,000 to learn from and 25,000 to be judged on.

Read from the archive as it is: nothing is unpacked to the disk.
"""

import re
import tarfile
import zlib
from functools import cache
from pathlib import Path

import numpy as np

from shared.datasets import Split
from shared.datasets.upstream import IMDB
from shared.errors import UsageError

MEMBER = re.compile(r"aclImdb/(train|test)/(pos|neg)/\d+_\d+\.txt")
LARGEST = 10**6  # bytes of a review: upstream's longest has 14,000


def texts() -> tuple[Split, Split]:
    """The reviews to learn from, and those to be judged on: x (N,) of str, y (N,) int64, 1 for praise.

    Any other file than upstream's is a UsageError with name and reason.
    """
    return _read(IMDB.locate(IMDB.files["reviews"]), IMDB.files["reviews"].shape[0])


@cache
def _read(path: Path, size: int) -> tuple[Split, Split]:
    found: dict[str, dict[str, list[str]]] = {part: {"neg": [], "pos": []} for part in ("train", "test")}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                kind = MEMBER.fullmatch(_inside(member.name))
                if kind:
                    found[kind[1]][kind[2]].append(_review(archive, member))
        for part, reviews in found.items():
            for label, own in reviews.items():
                if len(own) != size // 2:
                    raise _Foreign(f"has {len(own)} reviews in aclImdb/{part}/{label}, not {size // 2}")
    except _Foreign as error:
        why = str(error)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        why = f"is no gzipped tar archive, or is damaged ({error})"
    except OSError as error:
        why = f"cannot be read ({error.strerror or error})"
    else:
        train, test = (
            Split(np.array(own["neg"] + own["pos"], object), np.repeat([0, 1], size // 2)) for own in found.values()
        )
        return train, test
    raise UsageError(f"{path} {why}; move it away and get {IMDB.title} with: {IMDB.command}")


class _Foreign(Exception):
    """The reason why a file is not the one that its name promises."""


def _inside(name: str) -> str:
    """A member's name, if it does not point outside of the archive's folder."""
    if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name):
        raise _Foreign(f"has a member that points outside of its folder: {name!r}")
    return name


def _review(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    """The text of one review."""
    stream = archive.extractfile(member) if member.isfile() and member.size <= LARGEST else None
    if stream is None:
        raise _Foreign(f"has a member that is no text of a review's size: {member.name}")
    try:
        text = stream.read().decode("utf-8").replace("<br />", " ")
    except UnicodeDecodeError as error:
        raise _Foreign(f"has a review that is not UTF-8: {member.name}") from error
    if not text.strip():
        raise _Foreign(f"has an empty review: {member.name}")
    return text
