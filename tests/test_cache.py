"""Results of earlier runs are read back only while they are true: while nothing that they depend on has changed."""

import shutil

import pytest

from benchmarks import cache
from benchmarks.cache import ResultCache, fingerprint, sources
from benchmarks.environment import ROOT
from benchmarks.results import replace
from shared.catalog import CATALOG


def test_stored_results_are_read_back_only_while_true(tmp_path):
    stored = ResultCache(tmp_path)
    stored.store("parity", "lstm", "plain", "fingerprint", [{"a": 1}])
    assert stored.read("parity", "lstm", "plain", "fingerprint")["rows"] == [{"a": 1}]
    assert stored.read("parity", "lstm", "plain", "another") is None
    replace(tmp_path / "parity-lstm-plain.json", "{ cut off")
    assert stored.read("parity", "lstm", "plain", "fingerprint") is None


def test_a_fingerprint_changes_with_what_it_stands_for(monkeypatch):
    one = fingerprint("parity", "lstm", "plain")
    assert fingerprint("parity", "lstm", "plain") == one
    assert fingerprint("parity", "lstm", "while_loop") != one
    assert fingerprint("parity", "gan", "plain") != one
    assert fingerprint("learning", "lstm", "plain") != one
    monkeypatch.setattr(cache.metadata, "version", lambda package: "another")
    assert fingerprint("parity", "lstm", "plain") != one


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """A copy of the project's packages, to be edited."""
    root = tmp_path_factory.mktemp("project")
    for tree in ("shared", "static_tf", "dynamic_torch", "benchmarks"):
        shutil.copytree(ROOT / tree, root / tree, ignore=shutil.ignore_patterns("__pycache__", "*.gz"))
    return root


def every_fingerprint(root):
    jobs = [(kind, model) for kind in ("parity", "learning", "mutants") for model in CATALOG]
    jobs += [("differences", ""), ("mutants", "optimizers")]
    return {job: fingerprint(*job, root=root) for job in jobs}


def edited(root, path, before, after):
    """The results that an edit makes stale; the file is as it was, afterwards."""
    file, known = root / path, every_fingerprint(root)
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))
    try:
        return {job for job, value in every_fingerprint(root).items() if value != known[job]}
    finally:
        file.write_text(text)


def test_a_comment_a_docstring_or_a_line_break_leaves_every_result_true(copied):
    path = "shared/randomness.py"
    for before, after in (("import hashlib", "import hashlib  # a comment"), ("Keyed, ", "Other words, ")):
        assert edited(copied, path, before, after) == set()
    assert edited(copied, path, "digest()\n", "digest()\n\n\n") == set()


KINDS = ("parity", "learning", "mutants")


def of(*models):
    """All results of these models, and those of targets whose faults are looked for in every model."""
    return {(kind, model) for kind in KINDS for model in models} | {("mutants", "optimizers")}


ALL = of(*CATALOG)

CONSTANTS = [  # a file, a constant in it, another one, and the results that it makes stale
    ("shared/datasets/reviews.py", '"movie_snippets.npz"', '"others.npz"', of("lstm")),
    ("shared/recurrent/lstm.py", "embedding: int = 48", "embedding: int = 481", of("lstm")),
    ("static_tf/generative/gan.py", "negative_slope=0.0", "negative_slope=0.5", of("gan")),
    ("dynamic_torch/cost.py", "1024", "1025", set()),
    ("benchmarks/parity/verdicts.py", "FLOAT64_TOLERANCE = 1e-12", "FLOAT64_TOLERANCE = 1e-11", None),
    ("benchmarks/learning/learn.py", "POINTS = 100", "POINTS = 99", {("learning", model) for model in CATALOG}),
    ("shared/catalog.py", '"lstm",', '"lstm", "another",', set()),
]


@pytest.mark.parametrize(("path", "before", "after", "stale"), CONSTANTS, ids=[path for path, *_ in CONSTANTS])
def test_a_changed_constant_makes_stale_exactly_what_imports_it(copied, path, before, after, stale):
    if stale is None:  # the proof, and the campaign, which rests on it
        stale = {job for job in ALL if job[0] != "learning"}
    assert edited(copied, path, before, after) == stale


def test_a_data_file_counts_by_its_bytes(copied):
    data = copied / "shared" / "data" / "movie_snippets.npz"
    content, known = data.read_bytes(), every_fingerprint(copied)
    data.write_bytes(content[:-1] + b"x")
    reader = copied / "shared" / "datasets" / "reviews.py"
    reader.touch()  # a file is read again when it is newer
    assert {job for job, value in every_fingerprint(copied).items() if value != known[job]} == of("lstm")
    data.write_bytes(content)


def test_results_depend_on_their_model_and_on_no_other():
    for model, entry in CATALOG.items():
        names = {name for name in sources("parity", model) if name.count(".") == 2}
        own = {f"{tree}.{entry.chapter}.{model}" for tree in ("shared", "static_tf", "dynamic_torch")}
        assert own <= names
        others = {other.name for other in CATALOG.values()} - {model}
        foreign = {name for name in names if name.rpartition(".")[2] in others and not name.startswith("benchmarks")}
        assert not foreign or model != "lstm", foreign
