"""The models made of the frameworks' own layers: the same work as the twins; and what is said of their times."""

import ast
from dataclasses import replace
from importlib import import_module
from itertools import islice

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks import cli, twins
from benchmarks.environment import ROOT
from benchmarks.proof import Key, first_failure, judge
from benchmarks.results import read
from benchmarks.speed import Job, TimingSettings, baselines, cache, compare
from benchmarks.speed import worker as worker_module
from benchmarks.speed.measure import Measured
from benchmarks.twins import SIDES
from shared.baselines import bias_name, plain_optimizer, steady, unlike, with_baseline
from shared.catalog import CATALOG, CHAPTERS, find
from shared.errors import UsageError
from shared.optimizers import OPTIMIZERS, Adam, Exponential, Momentum
from tests.speed.conftest import nothing_left  # noqa: F401  (a fixture that is used by its name)
from tests.speed.made_up import rows_of
from tests.speed.planted import quick

MODEL = "autoencoder"  # the smallest
BUILT = with_baseline()
JOB = Job(MODEL, "plain", "plain", "cpu", "small", "float32", 1)


def planted_relu(channel):
    """Layers with another activation than the twin has."""
    from torch import nn

    nn.Sigmoid = nn.ReLU
    worker_module.serve_baseline(channel)


# The table


def test_both_files_make_the_same_models_in_the_same_order():
    for tree in ("static_tf", "dynamic_torch"):
        for chapter in CHAPTERS:
            path = ROOT / tree / "baselines" / f"{chapter}.py"
            body = ast.parse(path.read_text()).body if path.exists() else []
            made = [part.name for part in body if isinstance(part, ast.FunctionDef) and part.name in CATALOG]
            assert made == [name for name in BUILT if find(name).chapter == chapter]


def test_a_bias_is_called_after_its_weight():
    found = [bias_name(name) for name in ("w", "w3", "kernel", "block1/kernel2", "wide/w")]
    assert found == ["b", "b3", "bias", "block1/bias2", "wide/b"]


def test_an_optimizer_that_the_layers_cannot_run_is_refused():
    assert plain_optimizer(Momentum(0.1)) == Momentum(0.1)
    for optimizer in (
        OPTIMIZERS["adagrad"],
        OPTIMIZERS["clipped_norm"],
        OPTIMIZERS["weight_decay"],
        Adam(1.0, schedule=Exponential(0.9)),
    ):
        with pytest.raises(UsageError, match="only plain Momentum or Adam"):
            plain_optimizer(optimizer)


def test_twin_and_layers_learn_at_a_rate_that_stays():
    assert steady(Momentum(0.1, schedule=Exponential(0.9))) == Momentum(0.1)
    assert steady(OPTIMIZERS["bfgs"]) == OPTIMIZERS["bfgs"]
    job = replace(JOB, model="residual_net")
    for kind in (worker_module.ComparedTwin, worker_module.TimedBaseline):
        worker = kind(**job.settings("dynamic"))
        assert worker.options["optimizer"] == worker.spec.config.optimizer == Momentum(0.1)
    assert worker_module.Timed(**job.settings("dynamic")).spec.config.optimizer != Momentum(
        0.1
    )  # the pair's own is kept


def test_only_what_keras_computes_otherwise_is_left_out():
    state = ["norm/gamma", "norm/moving_mean", "norm/moving_variance"]
    assert unlike("static", state) == {"norm/moving_variance", "output"}
    assert unlike("dynamic", state) == unlike("static", ["w", "b"]) == set()


# The same work


def compared(side, name, steps=3):
    """The first row that differs between a twin and its layers, in float64, if there is one; and the layers."""
    settings = Job(name, "plain", "plain", "cpu", "proof", "float64", 1).settings(side)
    beside, layered = worker_module.ComparedTwin(**settings), worker_module.TimedBaseline(**settings)
    own = layered._twin("float64")
    with beside._twin("float64", optimized=False) as twin:
        a, b = beside._outcome(twin, steps), layered._outcome(own, steps)
    assert Key("tap", 0, "inference", "output") in b
    assert sum(key.stage == "loss" for key in b) == steps
    return first_failure(judge(a, b)), own


def count(own):
    """Numbers that a net of layers learns, as its framework counts them."""
    if own.side == "static":
        return sum(int(np.prod(variable.shape)) for variable in own.model.trainable_variables)
    return sum(w.numel() for w in own.module.parameters() if w.requires_grad)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("model", BUILT)
def test_layers_do_the_work_of_the_twin(model, side):
    failure, own = compared(side, model)
    assert failure is None
    learned = {k: w for k, w in own.spec.initial().items() if not k.rpartition("/")[2].startswith("moving")}
    assert count(own) == sum(w.size for w in learned.values())
    before = own.size()
    own.reset()
    first = own.state()
    assert first.keys() >= own.spec.initial().keys()
    losses = [own.step(batch) for batch in islice(own.spec.batches(), 2)]
    own.reset()
    own.to_device(next(own.spec.batches()))
    assert own.step() == losses[0]  # from the same start, on a placed batch
    own.load(first)
    assert all(np.array_equal(value, first[name]) for name, value in own.state().items())
    assert own.size() == before  # nothing was traced again


def with_another_momentum(monkeypatch):
    module = import_module("dynamic_torch.baselines.twin")
    monkeypatch.setattr(module, "plain_optimizer", lambda optimizer: replace(optimizer, momentum=0.45))


def with_another_beta(monkeypatch):
    module = import_module("dynamic_torch.baselines.twin")
    monkeypatch.setattr(module, "plain_optimizer", lambda optimizer: replace(optimizer, beta2=0.99))


def without_the_penalty(monkeypatch):
    module = import_module("dynamic_torch.baselines.convolutional")
    made = module.conv_net

    def free(config):
        net = made(config)
        net.l2 = 0.0
        return net

    monkeypatch.setattr(module, "conv_net", free)


def with_flat_channels(monkeypatch):
    monkeypatch.setattr(
        import_module("dynamic_torch.baselines.convolutional"),
        "after_flatten",
        lambda height, width: ("(c h w) o -> o (c h w)", {"h": height, "w": width}),
    )


def with_kerass_epsilon(monkeypatch):
    module = import_module("static_tf.baselines.twin")
    monkeypatch.setattr(module, "Adam", module.keras.optimizers.Adam)


def with_sparse_gradients(monkeypatch):
    """Of words that are repeated Keras's Adam squares the parts of a gradient, not their sum."""
    module = import_module("static_tf.baselines.twin")
    convert, sparse = module.tf.convert_to_tensor, module.tf.IndexedSlices

    def left(value, *rest, **named):
        return value if isinstance(value, sparse) else convert(value, *rest, **named)

    monkeypatch.setattr(module.tf, "convert_to_tensor", left)


def with_another_decay(monkeypatch):
    module = import_module("static_tf.baselines.convolutional")
    made = module.layers.BatchNormalization
    monkeypatch.setattr(module, "norm", lambda config, name: made(momentum=0.9, epsilon=config.epsilon, name=name))


@pytest.mark.parametrize(
    ("side", "model", "plant", "where"),
    [
        ("dynamic", "autoencoder", with_another_momentum, "loss"),
        ("dynamic", "conv_net", without_the_penalty, "loss"),
        ("dynamic", "batch_norm_net", with_flat_channels, "output"),
        ("dynamic", "lstm", with_another_beta, "loss"),
        ("static", "sequence_conv_net", with_kerass_epsilon, "loss"),
        ("static", "lstm", with_sparse_gradients, "loss"),
        ("static", "batch_norm_net", with_another_decay, "norm1/moving_mean"),
    ],
)
def test_a_wrong_builder_is_seen(side, model, plant, where, monkeypatch):
    plant(monkeypatch)
    failure, own = compared(side, model)
    assert failure is not None
    assert failure["name"] == where
    own.close()


def test_a_graph_that_is_made_anew_is_counted():
    own = twins.baseline("static", MODEL, size="proof", threads=1)
    batch = next(own.spec.batches())
    own.step(batch)
    before = own.size()
    own.step({name: value[:-1] for name, value in batch.items()})
    assert own.size() == before + 1


@pytest.mark.parametrize("side", SIDES)
def test_layers_compute_in_the_precision_that_is_asked_for(side):
    for dtype in ("float32", "float64", "float32"):
        own = twins.baseline(side, MODEL, dtype, size="proof", threads=1)
        assert own.predict(next(own.spec.batches())).dtype == dtype
        assert {value.dtype for value in own.state().values() if value.ndim} == {np.dtype(dtype)}


def test_kerass_adam_makes_steps_of_the_right_length_in_float32():
    """Its correction of v is 1 - 0.999^t, whose rounding in float32 is 6e-6 of a step, a hundred of its roundings."""
    from tensorflow import keras

    from static_tf.baselines.twin import Adam

    w = keras.Variable(np.zeros(1, np.float32))
    adam = Adam(1.0, 0.9, 0.999, 0.0)
    adam.build([w])
    for t in range(1, 4):  # with equal gradients every step is the learning rate
        adam.apply([np.ones(1, np.float32)], [w])
        assert w.numpy()[0] == pytest.approx(-t, rel=5e-7)


@pytest.mark.parametrize("side", SIDES)
def test_a_second_net_has_its_state_under_the_same_names(side):
    first, second = (twins.baseline(side, MODEL, size="proof", threads=1) for _ in range(2))
    assert first.state().keys() == second.state().keys()
    second.load(first.state())


def test_values_that_do_not_fit_are_refused():
    own = twins.baseline("dynamic", MODEL, size="proof", threads=1)
    with pytest.raises(ValueError, match="w1: shape"):
        own.load({"w1": np.zeros((2, 3))})


# The times


def test_a_twin_and_its_layers_are_proven_and_timed():
    rows = baselines.against(JOB, "dynamic", TimingSettings(launches=1, block_seconds=0.01, warm_up_seconds=0.5))
    assert {row["error"] for row in rows} == {None}
    assert {row["side"] for row in rows} == {"dynamic", "dynamic baseline"}
    for row in rows:
        assert row["against"] == "baseline"
        assert row["median_s"] > 0
        if row["phase"] in ("step", "forward", "resident"):
            assert 0.1 < row["ratio"] < 10
    assert baselines.describes(JOB, "dynamic", rows[0])
    assert not baselines.describes(JOB, "static", rows[0])
    assert not baselines.describes(JOB, "dynamic", {k: v for k, v in rows[0].items() if k != "against"})


@pytest.mark.slow
def test_no_time_for_layers_that_do_other_work(monkeypatch):
    monkeypatch.setattr(baselines, "LAYERS", f"{__name__}:planted_relu")
    rows = baselines.against(JOB, "dynamic", quick())
    (error,) = {row["error"] for row in rows}
    assert error.startswith("no time without proof: float64 tap output at step 0 differs")
    assert {row["median_s"] for row in rows} == {None}
    assert baselines.line(rows).startswith("autoencoder           dynamic  FAILED: no time without proof")


def test_a_difference_names_the_arms_as_they_are_called():
    found = Measured(JOB, TimingSettings(), {"dynamic": "dynamic", "dynamic baseline": "dynamic"}, True)
    key = Key("loss", 0, "training", "loss")
    a, b = {key: np.array(1.0)}, {key: np.array(np.nan)}
    assert "not finite on the dynamic baseline side" in found._difference([a, b])
    assert "not finite on the dynamic side" in found._difference([b, a])


def made_up(ratio, noise=0.01, launches=7, side="static", phase="step", error=None):
    """Rows of a twin that takes `ratio` times as long as its layers."""
    rows = rows_of(JOB, 1e-3 * ratio, 1e-3, noise, launches)
    called = {"static": side, "dynamic": f"{side} baseline"}
    return [{**row, "side": called[row["side"]], "phase": phase, "against": "baseline", "error": error} for row in rows]


@pytest.mark.parametrize(
    ("rows", "slow"),
    [
        (made_up(1.7), True),
        (made_up(1.4), False),
        (made_up(0.6), False),
        (made_up(1.7, noise=0.5), False),  # not significant
        (made_up(1.7, launches=5), False),  # too few processes to say
        (made_up(1.0) + made_up(1.7, phase="forward"), True),
        (made_up(1 / 1.7, side="dynamic"), False),  # it is the layers that are slow
        (made_up(9.0, phase="build"), False),  # once a process: no ratio is asked of it
    ],
)
def test_slower_is_beyond_the_limit_and_beyond_chance(rows, slow):
    found = baselines.slower(rows)
    assert bool(found) == slow
    assert ("SLOWER than 1.5" in baselines.line(rows)) == slow
    assert f"{int(slow)} slower than 1.5 times" in baselines.verdict(rows)


@pytest.mark.parametrize(
    ("side", "device", "kernel"), [("dynamic", "cpu", True), ("static", "cpu", False), ("static", "cuda", True)]
)
def test_a_loop_is_not_judged_by_a_kernel_of_all_steps(side, device, kernel):
    rows = [row | {"model": "lstm", "device": device} for row in made_up(2.0, side=side)]
    assert (baselines.slower(rows) == []) == kernel
    assert ("twin takes 2.00 of one kernel" in baselines.line(rows)) == kernel
    assert ("0 slower than 1.5 times, 1 against one kernel, not judged" in baselines.verdict(rows)) == kernel


def test_a_line_says_what_the_twin_takes():
    said = baselines.line(made_up(1.25, noise=1e-4, side="dynamic"))
    assert "step: twin takes 1.25 of layers [1.25, 1.25]; step: dynamic 1.25 ms, dynamic baseline 1 ms" in said
    assert "too few processes" in baselines.line(made_up(1.25, launches=5))
    both = made_up(1.7) + made_up(1.0, side="dynamic", error="died")
    assert baselines.verdict(both) == (
        "2 twins against their framework's own layers: 1 slower than 1.5 times (static autoencoder), 1 without a time"
    )


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked, ratios = [], {"static": 1.0, "dynamic": 1.7}

    def fake(job, settings, tell, arms, parents):
        (side, _) = arms
        asked.append((job.model, side))
        rows = made_up(ratios[side], side=side)
        return [{k: v for k, v in {**row, "model": job.model}.items() if k != "against"} for row in rows]

    monkeypatch.setattr(baselines, "measure_job", fake)
    file = tmp_path / "layers.json"
    command = ["speed", "--baselines", "--json", str(file)]
    found = CliRunner().invoke(cli.app, command)
    assert found.exit_code == 1
    assert asked == [(name, side) for name in BUILT for side in SIDES]
    assert all(f"{name}" in found.output for name in CATALOG)
    judged = len(BUILT) - len(baselines.ONE_KERNEL)
    assert f"{judged} slower than 1.5 times (dynamic deep_net" in found.output
    assert f"{len(baselines.ONE_KERNEL)} against one kernel, not judged" in found.output
    kept = read(file)["rows"]
    assert len(kept) == 4 * len(BUILT)
    assert {row["conclusion"] for row in kept} == {"not significant", "baseline faster"}
    assert len(compare.compare(kept, kept, 0.05)) == len(kept)
    assert CliRunner().invoke(cli.app, [*command, "--resume"]).exit_code == 1
    assert len(asked) == 2 * len(BUILT)  # nothing was measured again
    assert len(cache.stored(tmp_path / "report")) == len(kept)  # the report finds them
    ratios["dynamic"] = 1.0
    assert CliRunner().invoke(cli.app, ["speed", "--baselines", MODEL]).exit_code == 0


@pytest.mark.parametrize("file_name", ["both.json", "both.jsonl.gz"])
def test_pairs_and_layers_share_a_file(tmp_path, monkeypatch, file_name):
    def fake(job, settings, tell, arms, parents):
        return made_up(1.0, side=next(iter(arms)))

    monkeypatch.setattr(baselines, "measure_job", fake)
    measuring = import_module("benchmarks.speed.measure")
    monkeypatch.setattr(measuring, "measure_job", lambda job, *_, parents: rows_of(job))
    monkeypatch.chdir(tmp_path)
    file, lengths = tmp_path / file_name, []
    for _ in range(2):
        for option in ([], ["--baselines"]):
            command = ["speed", MODEL, "--variant", "plain", "--json", str(file), "--resume", *option]
            assert CliRunner().invoke(cli.app, command).exit_code == 0
            lengths.append(len(read(file)["rows"]))
        monkeypatch.setattr(cache.cache, "fingerprint", lambda *_: "another version")
    assert lengths == [2, 6, 6, 6]  # what is measured anew takes the place of its own rows only


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["rbm"], "rbm has no baseline: it learns from samples"),
        ([MODEL, "--variant", "tied"], "autoencoder has a baseline only for its variant plain"),
        ([MODEL, "--form", "compiled"], "in the form plain, not compiled"),
        ([MODEL, "--control"], "--control, --baselines and --against are different"),
    ],
)
def test_what_cannot_be_compared_is_refused(options, said):
    with pytest.raises(UsageError, match=said):
        CliRunner().invoke(cli.app, ["speed", "--baselines", *options], catch_exceptions=False)


def test_layers_of_an_unknown_kind_are_refused():
    with pytest.raises(UsageError, match="capsule_net has no baseline"):
        twins.baseline("dynamic", "capsule_net")
    assert find(MODEL).spec("plain", "proof").config.hidden == 7  # what the tests above compare is the small one
