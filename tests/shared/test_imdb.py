"""The archive of IMDB's reviews is read as it is, or refused by name; nothing is unpacked."""

import io
import tarfile
from dataclasses import replace

import numpy as np
import pytest

from shared.catalog import CATALOG
from shared.datasets import imdb, reviews, upstream
from shared.errors import UsageError

TEXTS = {
    "aclImdb/train/pos/0_9.txt": "A joy to watch.<br /><br />Great!",
    "aclImdb/train/neg/0_2.txt": "Not a joy. Dull",
    "aclImdb/test/pos/7_10.txt": "great, a joy",
    "aclImdb/test/neg/5_1.txt": "7/10",
    "aclImdb/train/unsup/0_0.txt": "not read",
    "aclImdb/README": "not read either",
}


@pytest.fixture
def packed(tmp_path, monkeypatch):
    """A function that packs members into the archive that TWINS_DATA has, of a collection with two reviews a part."""
    file = upstream.IMDB.files["reviews"]
    small = replace(upstream.IMDB, files={"reviews": replace(file, shape=(2, 2))})
    monkeypatch.setattr(imdb, "IMDB", small)
    monkeypatch.setenv("TWINS_DATA", str(tmp_path))

    def pack(texts, links=()):
        with tarfile.open(tmp_path / file.name, "w:gz") as archive:
            for name, text in texts.items():
                member = tarfile.TarInfo(name)
                data = text if isinstance(text, bytes) else text.encode()
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
            for name in links:
                member = tarfile.TarInfo(name)
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(member)
        imdb._read.cache_clear()
        reviews.whole_reviews.cache_clear()
        return tmp_path / file.name

    return pack


def test_reviews_are_read_as_they_are(packed, tmp_path):
    packed(TEXTS)
    train, test = imdb.texts()
    assert list(train.x) == ["Not a joy. Dull", "A joy to watch.  Great!"]
    np.testing.assert_array_equal(train.y, [0, 1])
    assert list(test.x) == ["7/10", "great, a joy"]
    assert [path.name for path in tmp_path.iterdir()] == ["aclImdb_v1.tar.gz"]


def test_words_are_numbered_by_how_frequent_they_are_in_training(packed):
    packed(TEXTS)
    data = reviews.whole_reviews(6, 3)
    assert data.vocabulary == ("", "?unknown", "!", "a", "dull", "great")
    np.testing.assert_array_equal(data.train.x, [[3, 1, 4], [1, 5, 2]])  # the last three words
    np.testing.assert_array_equal(data.test.x, [[1, 0, 0], [5, 3, 1]])  # no word at all is one unknown word


def test_a_model_reads_them(packed):
    packed(TEXTS)
    spec = CATALOG["lstm"].spec("imdb", batch=2, words=6, length=3)
    batch, held_out = next(spec.batches()), spec.held_out()
    np.testing.assert_array_equal(np.sort(batch["lengths"]), [3, 3])
    np.testing.assert_array_equal(held_out["lengths"], [1, 3])
    np.testing.assert_array_equal(held_out["y"], [0, 1])


FIRST = "aclImdb/train/pos/0_9.txt"


@pytest.mark.parametrize(
    ("more", "links", "why"),
    [
        ({FIRST: b"caf\xe9"}, (), f"has a review that is not UTF-8: {FIRST}"),
        ({FIRST: " \n"}, (), f"has an empty review: {FIRST}"),
        ({FIRST: "x" * (imdb.LARGEST + 1)}, (), f"has a member that is no text of a review's size: {FIRST}"),
        ({"../x.txt": "x"}, (), "has a member that points outside of its folder: '../x.txt'"),
        ({"/tmp/x.txt": "x"}, (), "has a member that points outside of its folder: '/tmp/x.txt'"),
        ({}, ("aclImdb/test/pos/9_9.txt",), "has a member that is no text of a review's size"),
        ({"aclImdb/train/pos/1_9.txt": "one more"}, (), "has 2 reviews in aclImdb/train/pos, not 1"),
    ],
)
def test_a_foreign_archive_is_refused_by_name(packed, more, links, why):
    path = packed(TEXTS | more, links)
    with pytest.raises(UsageError) as refused:
        imdb.texts()
    assert str(path) in str(refused.value)
    assert why in str(refused.value)
    assert "python -m benchmarks fetch imdb" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: whole[:-40],
        lambda whole: b"",
        lambda whole: b"text",
        lambda whole: whole[:30] + b"\xff" * 40 + whole[70:],
    ],
)
def test_a_damaged_archive_is_refused(packed, spoil):
    path = packed(TEXTS)
    path.write_bytes(spoil(path.read_bytes()))
    imdb._read.cache_clear()
    with pytest.raises(UsageError, match="is no gzipped tar archive, or is damaged"):
        imdb.texts()


def test_who_has_none_is_told_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("TWINS_DATA", str(tmp_path))
    with pytest.raises(UsageError, match=r"aclImdb_v1.tar.gz is missing: download it with: .* fetch imdb"):
        imdb.texts()
