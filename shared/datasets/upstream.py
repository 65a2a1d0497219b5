"""The full data sets, which do not ship: read from the folder that TWINS_DATA names, or downloaded on request.

Without TWINS_DATA the folder is this user's cache. Files keep their upstream names.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shared.errors import UsageError

VARIABLE = "TWINS_DATA"
SECONDS = 30  # without an answer from a server


@dataclass(frozen=True)
class File:
    """One file, under its upstream name."""

    name: str
    shape: tuple[int, ...]  # of its content
    packed: str  # SHA-256 of the file, checked after a download
    content: (
        str  # MD5 of its content, so that a file may be unpacked and packed again; "" if its reader checks it otherwise
    )


@dataclass(frozen=True, eq=False)
class Collection:
    """The files of one data set, and their sources."""

    name: str  # as in the command
    title: str
    folder: str  # below the folder of all data, because several sets have files of the same names
    mirrors: tuple[str, ...]  # tried in turn
    files: dict[str, File]  # by their content

    def path(self, file: File) -> Path:
        """The path at which a file is expected."""
        return folder() / self.folder / file.name

    def locate(self, file: File) -> Path:
        """The path of a file. A missing file is a UsageError that names it and both ways to get it."""
        path = self.path(file)
        if not path.exists():
            raise UsageError(
                f"{self.title} is not here, {path} is missing: download it with: {self.command}, "
                f"or set {VARIABLE} to a folder that has {Path(self.folder, file.name)}"
            )
        return path

    @property
    def command(self) -> str:
        """The command that downloads it."""
        return f"python -m benchmarks fetch {self.name}"


def folder() -> Path:
    """The folder of the data that does not ship, which downloads go to."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    import pooch  # here, because it is needed only if no folder is named

    return Path(pooch.os_cache("static-dynamic-twins"))


def fetch(collection: Collection, tell: Callable[[str, float], None] = lambda what, share: None) -> None:
    """Download the missing files. `tell` receives what is being done, and the share that is done.

    An existing file is left unchanged, whatever its content: its reader reports a file that is not upstream's.
    """
    for place, file in enumerate(collection.files.values()):
        path = collection.path(file)
        if not path.exists():
            what = f"downloading {collection.title}, {file.name}"
            _download(collection, path, file.packed, _Progress(what, tell, place, len(collection.files)))


def _download(collection: Collection, path: Path, checksum: str, progress: "_Progress") -> None:
    """Download from the first mirror that has it. Only a complete file with the right checksum gets its name."""
    import pooch

    pooch.get_logger().setLevel("WARNING")  # progress is reported by `progress`
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write into {path.parent} ({error.strerror}): set {VARIABLE} to another") from error
    trouble = []
    for mirror in collection.mirrors:
        downloader = pooch.HTTPDownloader(progressbar=progress, timeout=SECONDS)
        try:
            pooch.retrieve(mirror + path.name, f"sha256:{checksum}", path.name, path.parent, downloader=downloader)
            return
        except ValueError:  # a wrong checksum, in pooch; the download is deleted already
            trouble.append(f"{mirror} sent another file")
        except OSError as error:  # of the network, and of the disk
            trouble.append(f"{mirror}: {error.strerror or type(error).__name__}")
    raise UsageError(
        f"cannot download {path.name} ({'; '.join(trouble)}): try again, "
        f"or get it another way and put it into {path.parent}"
    )


class _Progress:
    """Pooch's progress on one file, passed on as a share of all files."""

    def __init__(self, what: str, tell: Callable[[str, float], None], place: int, files: int):
        self.what, self.tell, self.place, self.files = what, tell, place, files
        self.total, self.done = 0, 0  # bytes; pooch sets the total

    def update(self, size: int) -> None:
        """Add downloaded bytes."""
        self.done += size
        share = min(self.done / self.total, 1) if self.total else 0
        self.tell(self.what, (self.place + share) / self.files)

    def reset(self) -> None:
        """Start again."""
        self.done = 0

    def close(self) -> None:
        """Nothing to do."""


MNIST = Collection(
    name="mnist",
    title="MNIST",
    folder="",
    mirrors=("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
    files={
        "train images": File(
            "train-images-idx3-ubyte.gz",
            (60000, 28, 28),
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "6bbc9ace898e44ae57da46a324031adb",
        ),
        "train labels": File(
            "train-labels-idx1-ubyte.gz",
            (60000,),
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "a25bea736e30d166cdddb491f175f624",
        ),
        "test images": File(
            "t10k-images-idx3-ubyte.gz",
            (10000, 28, 28),
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "2646ac647ad5339dbf082846283269ea",
        ),
        "test labels": File(
            "t10k-labels-idx1-ubyte.gz",
            (10000,),
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            "27ae3e4e09519cfbb04c329615203637",
        ),
    },
)

FASHION = Collection(
    name="fashion",
    title="Fashion-MNIST",
    folder="fashion",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    files={
        "train images": File(
            "train-images-idx3-ubyte.gz",
            (60000, 28, 28),
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        ),
        "train labels": File(
            "train-labels-idx1-ubyte.gz",
            (60000,),
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "9018921c3c673c538a1fc5bad174d6f9",
        ),
        "test images": File(
            "t10k-images-idx3-ubyte.gz",
            (10000, 28, 28),
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "8181f5470baa50b63fa0f6fddb340f0a",
        ),
        "test labels": File(
            "t10k-labels-idx1-ubyte.gz",
            (10000,),
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            "15d484375f8d13e6eb1aabb0c3f46965",
        ),
    },
)

IMDB = Collection(
    name="imdb",
    title="the film reviews of IMDB",
    folder="",
    mirrors=("https://ai.stanford.edu/~amaas/data/sentiment/",),
    files={
        "reviews": File(
            "aclImdb_v1.tar.gz",
            (25000, 25000),  # reviews to learn from, and to be judged on
            "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
            "",  # its reader checks every member instead
        ),
    },
)

COLLECTIONS = {collection.name: collection for collection in (MNIST, FASHION, IMDB)}
