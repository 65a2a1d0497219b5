"""Results of earlier runs are read back only while they are true: while nothing that they depend on has changed."""

import json
import shutil
import subprocess
import sys

import pytest

from benchmarks import cache
from benchmarks.cache import MADE_BY, NO_SOURCE, ResultCache, fingerprint, sources
from benchmarks.environment import ROOT
from benchmarks.results import replace
from benchmarks.sources import PACKAGES, closure
from shared.catalog import CATALOG, CHAPTERS


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
    monkeypatch.setattr(cache, "_version", lambda package: "another")
    assert fingerprint("parity", "lstm", "plain") != one


KINDS = ("parity", "learning", "experiments", "mutants", "speed", "baselines")


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """A copy of the project's packages, to be edited."""
    root = tmp_path_factory.mktemp("project")
    for tree in ("shared", "static_tf", "dynamic_torch", "benchmarks"):
        shutil.copytree(ROOT / tree, root / tree, ignore=shutil.ignore_patterns("__pycache__", "*.gz"))
    return root


@pytest.fixture(scope="module")
def known(copied):
    """The fingerprints of the copy as it is."""
    return every_fingerprint(copied)


def every_fingerprint(root):
    jobs = [(kind, model) for kind in KINDS for model in CATALOG]
    jobs += [("differences", ""), ("mutants", "optimizers")]
    return {job: fingerprint(*job, root=root) for job in jobs}


def edited(root, known, path, before, after):
    """The results that an edit makes stale; the file is as it was, afterwards."""
    file = root / path
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))
    try:
        return {job for job, value in every_fingerprint(root).items() if value != known[job]}
    finally:
        file.write_text(text)


def test_a_comment_a_docstring_or_a_line_break_leaves_every_result_true(copied, known):
    path = "shared/randomness.py"
    for before, after in (("import hashlib", "import hashlib  # a comment"), ("Keyed, ", "Other words, ")):
        assert edited(copied, known, path, before, after) == set()
    assert edited(copied, known, path, "digest()\n", "digest()\n\n\n") == set()


def of(*models):
    """All results of these models, and those of targets whose faults are looked for in every model."""
    return {(kind, model) for kind in KINDS for model in models} | {("mutants", "optimizers")}


def of_baselines(*models):
    """The timings of these models against their baselines."""
    return {("baselines", model) for model in models}


def of_kinds(*kinds):
    """These results of every model."""
    return {(kind, model) for kind in kinds for model in CATALOG}


ALL = of(*CATALOG)
READERS = ("rnn", "lstm", "gru", "lstm_fused", "gru_fused", "attention")  # attention checks lengths as they do
PROVEN = ALL - of_kinds("learning")  # all that rests on a proof
WITH_BATCH_NORM = of("batch_norm_net", "residual_net", "dense_net", "deep_net")

CONSTANTS = [  # a file, a constant in it, another one, and the results that it makes stale
    ("shared/datasets/reviews.py", "0.8", "0.7", of(*READERS)),
    (
        "shared/datasets/files.py",
        '"71d4',
        '"81d4',
        of(*READERS, "sequence_conv_net", "bidirectional_gru", *CHAPTERS["speech"], "char_rnn", "wavenet"),
    ),
    ("shared/recurrent/reading_spec.py", "embedding: int = 48", "embedding: int = 481", of(*READERS)),
    ("shared/generative/painting_spec.py", "painted: int = 0", "painted: int = 1", of("pixel_cnn", "pixel_rnn")),
    ("shared/deep/rbm.py", '"x": ("', '"x": (" ', of("rbm")),
    ("static_tf/generative/gan.py", "negative_slope=0.0", "negative_slope=0.5", of("gan")),
    ("static_tf/parts/normalization.py", "self.epsilon)", "2 * self.epsilon)", WITH_BATCH_NORM),
    ("dynamic_torch/model.py", "import torch", "import torch, math", ALL),
    ("static_tf/optimizers.py", "beta2: float = 0.999", "beta2: float = 0.99", ALL),
    ("dynamic_torch/twin.py", "False", "True", ALL),
    ("shared/randomness.py", "digest[:16]", "digest[16:]", ALL | {("differences", "")}),
    ("dynamic_torch/cost.py", "1024", "1025", of_kinds("speed", "baselines")),
    ("dynamic_torch/baselines/twin.py", "False", "True", of_kinds("baselines")),
    (
        "static_tf/baselines/recurrent.py",
        "unroll=not",
        "unroll=",
        of_baselines("rnn", "lstm", "gru", "bidirectional_gru"),
    ),
    ("static_tf/differences/losses.py", "0.044715", "0.0447", {("differences", "")}),
    ("benchmarks/proof/tolerances.py", "FLOAT64_TOLERANCE = 1e-12", "FLOAT64_TOLERANCE = 1e-11", PROVEN),
    ("benchmarks/learning/learn.py", "POINTS = 100", "POINTS = 99", of_kinds("learning", "experiments")),
    ("benchmarks/faults/operators.py", "== 2:", "== 3:", of_kinds("mutants") | {("mutants", "optimizers")}),
    ("benchmarks/speed/statistics.py", "4000", "400", of_kinds("speed", "baselines")),
    ("benchmarks/report/page.py", "4", "5", set()),
    ("shared/catalog.py", '"lstm",', '"lstm", "another",', set()),
]


@pytest.mark.parametrize(("path", "before", "after", "stale"), CONSTANTS, ids=[path for path, *_ in CONSTANTS])
def test_a_changed_constant_makes_stale_exactly_what_imports_it(copied, known, path, before, after, stale):
    assert edited(copied, known, path, before, after) == stale


@pytest.mark.parametrize(
    ("file", "models"),
    [
        ("movie_snippets.npz", READERS),
        ("mnist1d.npz", ("sequence_conv_net", "bidirectional_gru")),
        ("verse.txt", ("char_rnn",)),
    ],
    ids=["reviews", "mnist1d", "verse"],
)
def test_a_data_file_counts_by_its_bytes(copied, known, file, models):
    data = copied / "shared" / "data" / file
    content = data.read_bytes()
    data.write_bytes(content[:-1] + b"x")
    assert {job for job, value in every_fingerprint(copied).items() if value != known[job]} == of(*models)
    data.write_bytes(content)


# A model, and those from whose files its own import
LENDERS = {
    **{key: {"batch_norm_net"} for key in ("residual_net", "dense_net", "deep_net")},
    "lstm_fused": {"lstm"},
    "gru_fused": {"gru"},
}


def test_results_depend_on_their_model_and_on_no_other():
    for model, entry in CATALOG.items():
        names = sources("parity", model).keys()
        assert {f"{tree}.{entry.chapter}.{model}" for tree in PACKAGES[:3]} <= names
        others = {other.name for other in CATALOG.values() for tree in PACKAGES[:3]} - {model}
        chapters = {entry.chapter for entry in CATALOG.values()}
        files = [name.split(".") for name in names]
        foreign = {parts[2] for parts in files if len(parts) == 3 and parts[1] in chapters and parts[2] in others}
        assert foreign <= LENDERS.get(model, set())


def test_a_module_that_is_gone_is_no_empty_closure():
    with pytest.raises(LookupError, match=r"no such module: benchmarks\.learn$"):
        closure(["benchmarks.twins", "benchmarks.learn"])


TWINS = "from benchmarks.twins import SIDES, baseline, cost, twin; "
RUNS = {  # of each kind: a model, and what makes its results in one process
    "parity": (
        "linear_regression",
        "from benchmarks.proof import prove; prove('linear_regression', dtypes=('float64',), steps=1)",
    ),
    "learning": (
        "linear_regression",
        "from benchmarks.learning.learn import learn; learn('linear_regression', steps=1)",
    ),
    "experiments": (
        "linear_regression",
        "from benchmarks.experiments.training import Case, train; from benchmarks.proof import prove; "
        "from shared.spec import Learning; prove('linear_regression', dtypes=('float64',), steps=1); "
        "[train(side, 'linear_regression', Case({}, Learning(1, (), 1.0, ''))) for side in ('static', 'dynamic')]",
    ),
    "mutants": (
        "linear_regression",
        "from benchmarks.mutants.trial import check, reference_of; "
        "check(reference_of('linear_regression', 'plain', '', 'static'))",
    ),
    "speed": (
        "linear_regression",
        "import benchmarks.speed.measure, benchmarks.speed.worker; "
        + TWINS
        + "[(twin(side, 'linear_regression').step, cost(side)) for side in SIDES]",
    ),
    "baselines": (
        "autoencoder",
        "import benchmarks.speed.baselines, benchmarks.speed.worker; "
        + TWINS
        + "[(baseline(side, 'autoencoder'), twin(side, 'autoencoder'), cost(side)) for side in SIDES]",
    ),
    "differences": ("", "from benchmarks.differences import measure; next(iter(measure()))"),
}


SLOW = [pytest.param(kind, marks=pytest.mark.slow) for kind in MADE_BY if kind != "parity"]


@pytest.mark.parametrize("kind", ["parity", *SLOW])
def test_what_a_run_loads_is_what_its_results_depend_on(kind):
    """Also what is loaded by a name that no import shows."""
    model, run = RUNS[kind]
    listing = "import sys, json; print(json.dumps([n for n, m in sys.modules.items() if getattr(m, '__file__', None)]))"
    done = subprocess.run(
        [sys.executable, "-c", f"{run}\n{listing}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name for name in json.loads(done.stdout.splitlines()[-1]) if name.partition(".")[0] in PACKAGES}
    models = {f"{tree}.{entry.chapter}.{entry.name}" for entry in CATALOG.values() for tree in PACKAGES[:3]}
    # The list of models asks every one of them for what it says of itself
    missing = {name for name in loaded - sources(kind, model).keys() if not name.startswith(NO_SOURCE)}
    assert missing <= models | {"shared.datasets.images"}, "of the other models, what the catalogue reads of them"
