"""Data that does not ship is found or fetched, and is upstream's or refused by name; and the series that do ship."""

import gzip
import hashlib
import os
import socket
import subprocess
import sys
import threading
import tracemalloc
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.environment import ROOT
from shared.datasets import images, upstream
from shared.datasets.sequences import mnist1d
from shared.errors import UsageError
from shared.randomness import generator

IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


def packed(array, kind=8, axes=None, lengths=None):
    """What is in an idx file."""
    axes, lengths = axes or array.ndim, array.shape if lengths is None else lengths
    return bytes([0, 0, kind, axes]) + np.array(lengths, ">u4").tobytes() + array.tobytes()


def small(collection, monkeypatch):
    """The same collection with three images of 5x4 pixels to learn from, and two held out; and what its files hold."""
    random, files, contents = generator("test_data", collection.name), {}, {}
    for place, (what, file) in enumerate(collection.files.items()):
        shape = (3 if "train" in what else 2, *(5, 4)[: len(file.shape) - 1])
        contents[what] = random.integers(0, 10 if "labels" in what else 256, shape, np.uint8)
        content = packed(contents[what])
        zipped = gzip.compress(content, mtime=place)
        digests = hashlib.sha256(zipped).hexdigest(), hashlib.md5(content).hexdigest()
        files[what] = upstream.File(file.name, shape, *digests)
    other = replace(collection, files=files)
    monkeypatch.setattr(images, collection.title.partition("-")[0].upper(), other)
    return other, contents


def put(folder, collection, contents):
    """The files of a collection, packed as upstream has them."""
    (folder / collection.folder).mkdir(exist_ok=True, parents=True)
    for place, (what, file) in enumerate(collection.files.items()):
        (folder / collection.folder / file.name).write_bytes(gzip.compress(packed(contents[what]), mtime=place))


@pytest.fixture
def mnist(tmp_path, monkeypatch):
    """A small MNIST that is in the folder of TWINS_DATA."""
    collection, contents = small(upstream.MNIST, monkeypatch)
    put(tmp_path, collection, contents)
    monkeypatch.setenv("TWINS_DATA", str(tmp_path))
    return collection, contents


@pytest.fixture
def no_network(monkeypatch):
    """Whoever asks for an address or a connection fails."""

    def refuse(*_):
        raise AssertionError("the network was touched")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_images_are_read_as_they_are(mnist, tmp_path, monkeypatch, no_network):
    """MNIST from the folder, Fashion-MNIST of the same file names from the one below it."""
    fashion = small(upstream.FASHION, monkeypatch)
    put(tmp_path, *fashion)
    assert (tmp_path / "fashion" / IMAGES).exists()
    for load, (_, contents) in ((images.mnist, mnist), (images.fashion, fashion)):
        data = load()
        for part, name in ((data.train, "train"), (data.test, "test")):
            pixels, labels = contents[f"{name} images"], contents[f"{name} labels"]
            assert (part.x.dtype, part.y.dtype) == (np.float32, np.int64)
            np.testing.assert_allclose(part.x, pixels[..., None] / 255, rtol=1e-6)
            np.testing.assert_array_equal(part.y, labels)


def test_what_was_unpacked_and_packed_again_is_upstreams_still(mnist, tmp_path):
    path = tmp_path / IMAGES
    before = path.read_bytes()
    path.write_bytes(gzip.compress(gzip.decompress(before), 1, mtime=99))
    assert path.read_bytes() != before
    assert images.mnist().train.x.shape == (3, 5, 4, 1)


PIXELS = np.arange(60, dtype=np.uint8).reshape(3, 5, 4)
SPOILT = {
    "cut off": (lambda whole: whole[:-20], "is cut off"),
    "its end is missing": (lambda whole: whole[:-4], "is cut off"),
    "empty": (lambda whole: b"", "begins with nothing"),
    "not packed": (gzip.decompress, "is not a gzip file"),
    "a byte of the packed file": (lambda whole: whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:], "is damaged"),
    "packed nonsense": (lambda whole: whole[:30] + b"\xff" * 40 + whole[70:], "is damaged"),
    "other pixels": (lambda whole: gzip.compress(packed(PIXELS)), "is not upstream's file"),
    "another format": (lambda whole: gzip.compress(b"\x93NUMPY" + bytes(100)), "begins with 93 4e 55 4d"),
    "no bytes but floats": (lambda whole: gzip.compress(packed(PIXELS, kind=13)), "begins with 00 00 0d 03"),
    "labels": (lambda whole: gzip.compress(packed(PIXELS[:, 0, 0])), "holds labels, not images"),
    "four axes": (lambda whole: gzip.compress(packed(PIXELS[None])), "holds something of 4 axes, not images"),
    "turned": (lambda whole: gzip.compress(packed(PIXELS.swapaxes(1, 2))), "3 x 4 x 5 bytes, not 3 x 5 x 4"),
    "fewer": (lambda whole: gzip.compress(packed(PIXELS[:2])), "2 x 5 x 4 bytes, not 3 x 5 x 4"),
    "huge": (lambda whole: gzip.compress(packed(PIXELS, lengths=[2**32 - 1] * 3)), "4294967295 x 4294967295"),
    "head only": (lambda whole: gzip.compress(packed(PIXELS)[:9]), "says that it holds 3 bytes"),
    "less than it says": (lambda whole: gzip.compress(packed(PIXELS)[:-1]), "holds less than the 3 x 5 x 4 bytes"),
    "more than it says": (lambda whole: gzip.compress(packed(PIXELS) + b"x"), "holds more than the 3 x 5 x 4 bytes"),
}


@pytest.mark.parametrize(("spoil", "why"), SPOILT.values(), ids=SPOILT)
def test_what_is_not_upstreams_is_refused_by_name(spoil, why, mnist, tmp_path, no_network):
    path = tmp_path / IMAGES
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(UsageError) as caught:
        images.mnist()
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{path} ")
    assert why in line
    assert "python -m benchmarks fetch mnist" in line  # what would work


def test_a_file_under_anothers_name_is_refused(mnist, tmp_path):
    (tmp_path / LABELS).write_bytes((tmp_path / IMAGES).read_bytes())
    with pytest.raises(UsageError, match=r"train-labels-idx1-ubyte\.gz holds images, not labels"):
        images.mnist()


def test_a_folder_in_the_place_of_a_file_is_refused(mnist, tmp_path):
    (tmp_path / IMAGES).unlink()
    (tmp_path / IMAGES).mkdir()
    with pytest.raises(UsageError, match=r"train-images-idx3-ubyte\.gz cannot be read \(Is a directory\)"):
        images.mnist()


def test_no_more_is_read_than_should_be_there(mnist, tmp_path):
    """Fifty million bytes, in a file of fifty thousand."""
    (tmp_path / IMAGES).write_bytes(gzip.compress(packed(PIXELS) + bytes(50_000_000), 1))
    tracemalloc.start()
    try:
        with pytest.raises(UsageError, match="holds more than"):
            images.mnist()
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("missing", [IMAGES, "t10k-labels-idx1-ubyte.gz"])
def test_a_missing_file_is_named_with_both_ways_to_get_it(missing, mnist, tmp_path, no_network):
    (tmp_path / missing).unlink()
    with pytest.raises(UsageError) as caught:
        images.mnist()
    (line,) = str(caught.value).splitlines()
    for words in (f"{tmp_path / missing} is missing", "fetch mnist", f"TWINS_DATA to a folder that has {missing}"):
        assert words in line


@pytest.mark.parametrize("named", [None, ""])
def test_without_a_folder_nothing_is_downloaded_by_surprise(named, tmp_path, monkeypatch, no_network):
    """What ships is there; the real thing is looked for in this user's cache, and no further."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("TWINS_DATA", raising=False)
    if named is not None:
        monkeypatch.setenv("TWINS_DATA", named)
    assert len(images.digits().train.x) == 1438
    for load, name, below in ((images.mnist, "MNIST", ""), (images.fashion, "Fashion-MNIST", "fashion/")):
        with pytest.raises(
            UsageError, match=f"{name} is not here, {tmp_path}/.*{below}{IMAGES} is missing: .* fetch .*TWINS_DATA"
        ):
            load()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A mirror on this machine, of the folder `mirror`."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    (tmp_path / "mirror").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "mirror"))) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()


def test_a_download_is_taken_from_the_first_mirror_that_has_it_whole(server, tmp_path, monkeypatch):
    collection, contents = small(upstream.FASHION, monkeypatch)
    put(tmp_path / "mirror/right", replace(collection, folder=""), contents)
    (tmp_path / "mirror/wrong").mkdir()
    for file in collection.files.values():
        (tmp_path / "mirror/wrong" / file.name).write_bytes(b"an apology in place of a file")
    collection = replace(collection, mirrors=(f"{server}none/", f"{server}wrong/", f"{server}right/"))
    monkeypatch.setattr(images, "FASHION", collection)
    monkeypatch.setenv("TWINS_DATA", str(tmp_path / "data"))
    told = []
    upstream.fetch(collection, lambda what, share: told.append((what, share)))
    np.testing.assert_array_equal(images.fashion().test.y, contents["test labels"])
    names = {file.name for file in collection.files.values()}
    assert {path.name for path in (tmp_path / "data/fashion").iterdir()} == names  # and no drafts
    assert all(any(name in what for what, _ in told) for name in names)
    assert told[-1][1] == 1
    assert all(0 <= share <= 1 for _, share in told)


def test_a_download_that_cannot_be_had_leaves_nothing(server, tmp_path, monkeypatch):
    collection, _ = small(upstream.MNIST, monkeypatch)
    (tmp_path / "mirror" / IMAGES).write_bytes(b"an apology in place of a file")
    nobody = "http://127.0.0.1:9/"
    monkeypatch.setenv("TWINS_DATA", str(tmp_path / "data"))
    with pytest.raises(UsageError) as caught:
        upstream.fetch(replace(collection, mirrors=(server, nobody)))
    (line,) = str(caught.value).splitlines()
    for words in (f"cannot download {IMAGES}", f"{server} sent another file", nobody, f"put it into {tmp_path}"):
        assert words in line
    assert list((tmp_path / "data").iterdir()) == []


def test_fetch_leaves_alone_what_is_there(mnist, tmp_path, no_network):
    (tmp_path / IMAGES).write_bytes(b"mine")
    upstream.fetch(mnist[0])
    assert (tmp_path / IMAGES).read_bytes() == b"mine"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path, monkeypatch, no_network):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("TWINS_DATA", str(tmp_path / "file/data"))
    with pytest.raises(UsageError, match=r"cannot write into .*file/data \(Not a directory\)"):
        upstream.fetch(replace(upstream.MNIST, mirrors=("http://127.0.0.1:9/",)))


@pytest.mark.parametrize(
    ("asked", "words"),
    [("mnist", ["idx3-ubyte.gz is not a gzip file", "fetch mnist"]), ("mnits", ["did you mean 'mnist'"])],
)
def test_the_command_line_refuses_in_one_line(asked, words, tmp_path):
    for file in upstream.MNIST.files.values():
        (tmp_path / file.name).write_bytes(b"no idx file")
    command = [sys.executable, "-m", "benchmarks", "fetch", asked]
    environment = os.environ | {"TWINS_DATA": str(tmp_path)}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert result.returncode == 2, result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert all(word in line for word in words), line
    assert result.stdout == ""


def test_the_command_line_fetches_and_says_where(server, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from benchmarks.cli import app

    collection, contents = small(upstream.MNIST, monkeypatch)
    put(tmp_path / "mirror", collection, contents)
    monkeypatch.setitem(upstream.COLLECTIONS, "mnist", replace(collection, mirrors=(server,)))
    monkeypatch.setenv("TWINS_DATA", str(tmp_path / "data"))
    result = CliRunner().invoke(app, ["fetch", "mnist"])
    assert result.exit_code == 0, result.output
    assert result.output == f"MNIST: 3 images to learn from, 2 held out, in {tmp_path / 'data'}\n"


def test_every_upstream_file_has_checksums_of_its_own():
    files = [file for collection in upstream.COLLECTIONS.values() for file in collection.files.values()]
    assert len(files) == 9
    files.remove(upstream.IMDB.files["reviews"])  # its reader checks every member instead of a sum
    assert len({file.packed for file in files}) == len({file.content for file in files}) == 8
    for file in files:
        assert (len(bytes.fromhex(file.packed)), len(bytes.fromhex(file.content))) == (32, 16)


def test_series_are_the_authors():
    """4,000 + 1,000 of ten classes. The sums are those of the file as it came."""
    data = mnist1d()
    assert (data.train.x.shape, data.test.x.shape) == ((4000, 40, 1), (1000, 40, 1))
    assert (data.train.x.dtype, data.train.y.dtype) == (np.float32, np.int64)
    assert np.bincount(data.train.y).tolist() == [398, 396, 411, 394, 394, 402, 401, 404, 402, 398]
    assert np.bincount(data.test.y).tolist() == [102, 104, 89, 106, 106, 98, 99, 96, 98, 102]
    np.testing.assert_allclose(data.train.x[0, :4, 0], [-0.332, -0.472, -0.779, -1.01], atol=6e-4)


def test_shuffled_series_have_one_other_order():
    """The same numbers and labels, and in every series, of both parts, the same position at the same place."""
    plain, shuffled = mnist1d(), mnist1d(shuffled=True)
    order = [
        int(np.flatnonzero((plain.train.x == column[:, None]).all(0))[0]) for column in shuffled.train.x.swapaxes(0, 1)
    ]
    assert sorted(order) == list(range(40))
    assert sum(abs(a - b) == 1 for a, b in pairwise(order)) < 8  # few neighbours are left
    for part in ("train", "test"):
        before, after = getattr(plain, part), getattr(shuffled, part)
        np.testing.assert_array_equal(before.x[:, order], after.x)
        np.testing.assert_array_equal(before.y, after.y)
