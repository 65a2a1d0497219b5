"""Speed: the statistics on samples with a known answer, a real pair, and arms that die, hang, cheat or fidget.

The planted arms are NumPy twins of the shallow regressor: real workers in real processes, up in a fraction of a second.
`planted_*` run there, as the harness's `workers`; everything else runs in the test's own process.
"""

import getpass
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from math import inf
from pathlib import Path

import numpy as np
import psutil
import pytest

from benchmarks import twins
from benchmarks.environment import ROOT, environment
from benchmarks.parity import Key
from benchmarks.parity.verdicts import relative_norm
from benchmarks.processes import Worker, Workers, worker_cores
from benchmarks.speed import PHASES, Job, TimingSettings, control, measure, statistics
from benchmarks.speed import worker as worker_module
from benchmarks.speed.measure import KinkTolerance
from benchmarks.speed.worker import FAR, PerturbedTwin
from shared.catalog import find
from shared.errors import UsageError
from shared.profile import Profile
from shared.randomness import generator

MODEL = "shallow_regressor"


# The planted arms


class NumpyTwin:
    """The shallow regressor with its derivative by hand. `fault` spoils what is timed, not what is proven."""

    def __init__(self, side, spec, dtype, observed, fault=""):
        self.side, self.spec, self.dtype, self.observed, self.fault = side, spec, dtype, observed, fault
        self.reset()

    def reset(self):
        self.steps = 0
        self.load(self.spec.initial())

    def load(self, state):
        self.w = {name: np.array(value, self.dtype) for name, value in state.items()}

    def state(self):
        return {name: value.copy() for name, value in self.w.items()}

    def forward(self, batch, training=True, replace=None):
        h = 1 / (1 + np.exp(-(batch["x"].astype(self.dtype) @ self.w["w1"] + self.w["b1"])))
        return {"h": h, "y_": h @ self.w["w2"] + self.w["b2"]}

    def predict(self, batch):
        return self.forward(batch)["y_"]

    def losses(self, batch):
        decay = self.spec.config.l2 / 2 * (np.sum(self.w["w1"] ** 2) + np.sum(self.w["w2"] ** 2))
        return {"loss": float(np.mean((self.predict(batch) - batch["y"]) ** 2) + decay)}

    def tap_gradients(self, batch):
        y_ = (2 / len(batch["y"]) * (self.predict(batch) - batch["y"])).astype(self.dtype)
        return {"h": y_ @ self.w["w2"].T, "y_": y_}

    def gradients(self, batch):
        h, d, l2 = self.forward(batch)["h"], self.tap_gradients(batch), self.spec.config.l2
        dz = d["h"] * h * (1 - h)
        return {
            "w1": batch["x"].astype(self.dtype).T @ dz + l2 * self.w["w1"],
            "b1": dz.sum(axis=0),
            "w2": h.T @ d["y_"] + l2 * self.w["w2"],
            "b2": d["y_"].sum(axis=0),
        }

    def observe(self, batch):
        return {
            "tap": self.forward(batch),
            "loss": self.losses(batch),
            "gradient": self.gradients(batch),
            "tap_gradient": self.tap_gradients(batch),
        }

    def place(self, batch):
        self.placed = batch

    def step(self, batch=None):
        batch = self.placed if batch is None else batch
        loss, gradients = self.losses(batch)["loss"], self.gradients(batch)
        if self.fault == "half precision":
            loss = float(np.float16(loss))
        for name, gradient in gradients.items():
            if self.fault == "still" or (self.fault == "half still" and name == "w2"):
                continue
            rate = self.spec.config.learning_rate * (2 if self.fault == "other rate" and self.steps > 3 else 1)
            self.w[name] -= np.asarray(rate * gradient, self.dtype)
            if self.fault == "half precision":
                self.w[name] = self.w[name].astype(np.float16).astype(self.dtype)
        if self.fault == "not finite":
            self.w["w1"] += np.nan
        self.steps += 1
        return loss

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class NumpyCost:
    """What a step of NumPy's twin costs, as nobody counts it; `grows` by so many operations a step."""

    def __init__(self, grows=0, precision=None):
        self.grows, self.tf32 = grows, precision

    def profile(self, twin, batch):
        return Profile(operations=12, kernel_seconds=1e-6)

    def size(self, twin):
        return self.grows * twin.steps

    def precision(self, dtype):
        return self.tf32 or dtype

    def ceiling(self, dtype, device, threads):
        return 1e9

    def device_memory(self, device):
        return None


def planted(channel, fault="", twin=NumpyTwin, cost=NumpyCost):
    """An arm whose twins are NumPy's; the fault is in the twin that is timed, and in it only."""
    twins.load = lambda side, name: None

    def make(side, name, dtype, device, *, variant, size, threads, observed, form="plain", resident=False, **changes):
        spec = find(name).spec(variant, size, **changes)
        return twin(side, spec, dtype, observed, "" if observed or resident else fault)

    twins.twin, twins.cost = make, lambda side: cost()
    worker_module.serve(channel)


def planted_still(channel):
    planted(channel, "still")


def planted_half_still(channel):
    planted(channel, "half still")


def planted_half_precision(channel):
    planted(channel, "half precision")


def planted_tf32(channel):
    planted(channel, cost=lambda: NumpyCost(precision="tf32"))


def planted_not_finite(channel):
    planted(channel, "not finite")


def planted_growing(channel):
    planted(channel, cost=lambda: NumpyCost(grows=3))


def under_the_clock(fault, only="step"):
    """The fault is there only while blocks of one phase are timed."""
    block = worker_module.Timed.block

    def faulty(self, phase, count):
        twin = self._of(only)
        twin.fault = fault if phase == only else ""
        seconds = block(self, phase, count)
        twin.fault = ""
        return seconds

    worker_module.Timed.block = faulty


def planted_still_later(channel):
    under_the_clock("still")
    planted(channel)


def planted_half_still_later(channel):
    under_the_clock("half still")
    planted(channel)


def planted_other_rate(channel):
    under_the_clock("other rate")
    planted(channel)


def planted_other_rate_resident(channel):
    under_the_clock("other rate", "resident")
    planted(channel)


def planted_moody(channel):
    """In its second process, another number of steps; it finds nothing wrong with that itself."""
    mark = Path(os.environ["MARK"])
    if mark.exists():
        block = worker_module.Timed.block
        worker_module.Timed.block = lambda self, phase, count: block(self, phase, count + 1)
        expect = worker_module.Timed._expect
        worker_module.Timed._expect = lambda self, twin, count: expect(self, twin, count + 1)
        check = worker_module.Timed.check
        worker_module.Timed.check = lambda self, counts: check(
            self, {phase: count + (phase == "resident") for phase, count in counts.items()}
        )
    mark.touch()
    planted(channel)


def planted_wrong_sign(channel):
    class WrongSign(NumpyTwin):
        def gradients(self, batch):
            found = super().gradients(batch)
            return found | {"b1": -found["b1"]}

    planted(channel, twin=WrongSign)


def planted_error(channel):
    class Broken(NumpyTwin):
        def tap_gradients(self, batch):
            raise ValueError("a planted error,\n  on two lines")

    planted(channel, twin=Broken)


def planted_other_names(channel):
    worker_module.trace = lambda twin, *_, **__: {Key("tap", 0, "training", "z"): np.ones(1)}
    planted(channel)


def planted_refusal(channel):
    class Refused(NumpyTwin):
        def reset(self):
            raise UsageError("no such device: use another")

    planted(channel, twin=Refused)


def planted_killed(channel):
    """Dies in its third block; where MARK names a file, only the first time."""
    mark = os.environ.get("MARK")
    if mark is None or not Path(mark).exists():
        at = iter(range(3))
        block = worker_module.Timed.block

        def dying(self, phase, count):
            if next(at) == 2:
                if mark:
                    Path(mark).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return block(self, phase, count)

        worker_module.Timed.block = dying
    planted(channel)


def planted_killed_at_start(channel):
    os.write(2, b"the last thing it said\n")
    os.kill(os.getpid(), signal.SIGABRT)


def planted_hang(channel):
    worker_module.Timed.block = lambda self, phase, count: time.sleep(600)
    planted(channel)


def planted_fidget(channel):
    """A thread that never rests, as the waiting threads of some libraries do."""

    def burn():
        while True:
            sum(range(1000))

    threading.Thread(target=burn, daemon=True).start()
    planted(channel)


def planted_pruned(channel):
    """TensorFlow's own trap: the training operation asks for gradients that nobody reads, so they are pruned."""
    import tensorflow.compat.v1 as tf

    from static_tf.basics.shallow_regressor import ShallowRegressor

    update = ShallowRegressor.update

    def pruned(self, loss):
        if self.observer is not None:  # the proven twin is as it should be
            return update(self, loss)
        return tf.group(*tf.gradients(loss, self.parameters()))

    ShallowRegressor.update = pruned
    worker_module.serve(channel)


def planted_operations_in_the_loop(channel):
    """TensorFlow's other trap: a graph that is not finalized, to which every step adds an operation."""
    import tensorflow.compat.v1 as tf

    from static_tf.twin import Twin

    step = Twin.step

    def growing(self, batch=None):
        with self.graph.as_default():
            tf.constant(1.0)
        return step(self, batch)

    tf.Graph.finalize = lambda self: None
    Twin.step = growing
    worker_module.serve(channel)


def planted_facts(channel):
    """Answers anything with what it finds around itself."""
    channel.receive()
    for _ in channel:
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        channel.send(
            {
                "cores": sorted(os.sched_getaffinity(0)),
                "threads": os.environ["OMP_NUM_THREADS"],
                "interrupts": signal.SIGINT not in blocked,
                "frameworks": sorted({"tensorflow", "torch"} & sys.modules.keys()),
                "variables": dict(os.environ),
                "hash": str(hash("twins")),
                "project": str(Path(twins.__file__).parents[1]),
            }
        )


# The tests


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch):
    """Workers find this file from the project's root; and no test leaves a process, or the parent's cores changed."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    cores = os.sched_getaffinity(0)
    yield
    assert psutil.Process().children(recursive=True) == []
    assert os.sched_getaffinity(0) == cores


def quick(static="planted", dynamic="planted", timeout=30.0, launches=1):
    target = f"{__name__}:"
    workers = {"static": target + static, "dynamic": target + dynamic}
    return TimingSettings(
        launches, 2, 0.004, window_seconds=0.001, warm_up_seconds=0.2, timeout=timeout, workers=workers
    )


def errors_of(rows, side):
    """The one error that all rows of a side have; such rows show no time."""
    rows = [row for row in rows if row["side"] == side]
    assert {"import", "build", "step", "forward"} <= {row["phase"] for row in rows} <= set(PHASES)
    for row in rows:
        assert (row["error"] is None) == bool(row["samples"]) == (row["median_s"] is not None)
        assert row["error"] is None or row["ratio"] is row["low_s"] is row["conclusion"] is None
    (error,) = {row["error"] for row in rows}
    assert error is None or "\n" not in error
    return error


def timings(draw, launches, ratio, noise, between=0.0, drift=0.0, groups=2):
    """Blocks in the order A B B A in each launch, on a machine that slows by `drift` on the way; static takes `ratio`
    times as long. Blocks differ by `noise`, launches by `between`."""
    shape = (launches, groups, 4)
    slower = np.linspace(1, 1 + drift, launches * groups * 4).reshape(shape)
    seconds = 1e-3 * slower * np.exp(draw.normal(0, noise, shape))
    own = np.exp(draw.normal(0, between, (2, launches, 1)))
    static, dynamic = ratio * seconds[:, :, [0, 3]], seconds[:, :, [1, 2]]
    return (own[0] * static.reshape(launches, -1)).tolist(), (own[1] * dynamic.reshape(launches, -1)).tolist()


def test_a_known_ratio_is_found_through_noise_and_drift():
    static, dynamic = timings(generator("test", "ratio"), 6, ratio=1.3, noise=0.02, drift=1.0)
    ratio, low, high = statistics.ratio(static, dynamic)
    assert low < 1.3 < high
    assert 1.2 < low <= ratio <= high < 1.4  # the drift alone would have made it 0.9 to 1.9
    assert statistics.conclusion(low, high) == "dynamic faster"
    inverse = statistics.ratio(dynamic, static)
    assert inverse == pytest.approx((1 / ratio, 1 / high, 1 / low))
    assert statistics.conclusion(*inverse[1:]) == "static faster"


def test_drift_cancels_within_a_group():
    steady = statistics.ratio(*timings(generator("test", "drift"), 6, ratio=1.3, noise=0, drift=1.0))
    assert steady == pytest.approx((1.3, 1.3, 1.3), rel=0.01)  # neighbours alone differ by 4 %


@pytest.mark.parametrize(("noise", "between"), [(0.05, 0.0), (0.02, 0.02), (0.0, 0.03)])
def test_an_arm_against_itself_is_not_significant(noise, between):
    """Whether blocks differ by chance, or the processes that they run in."""
    found = []
    for number in range(400):
        draw = generator("test", "itself", number, f"{noise} {between}")
        _, low, high = statistics.ratio(*timings(draw, 7, ratio=1.0, noise=noise, between=between))
        found.append(statistics.conclusion(low, high))
    assert set(found) - {"not significant"}  # one that never speaks up would prove nothing
    assert found.count("not significant") >= 0.95 * len(found)


def test_the_interval_of_a_median_covers_it():
    hits = widths = 0
    for number in range(400):
        draw = generator("test", "median", number)
        samples = (np.exp(draw.normal(0, 0.1, (8, 1))) * draw.lognormal(0, 0.05, (8, 4))).tolist()
        middle, low, high = statistics.median(samples)
        assert low <= middle == np.median([np.median(blocks) for blocks in samples]) <= high
        hits, widths = hits + (low <= 1 <= high), widths + high - low
    assert 0.94 <= hits / 400 < 1
    assert widths / 400 < 0.3  # sure of itself, too: launches spread over 0.5
    assert statistics.median(samples) == statistics.median(samples)


def test_fewer_than_six_launches_have_no_interval():
    """The range of five launches holds their true median in 94 of 100 cases, and no resampling can make it more."""
    static, dynamic = timings(generator("test", "few"), 5, ratio=2.0, noise=0.01)
    ratio, low, high = statistics.ratio(static, dynamic)
    assert ratio == pytest.approx(2, rel=0.05)
    assert low is high is None
    assert statistics.conclusion(low, high) == "too few processes"
    assert statistics.median([[0.5]]) == (0.5, None, None)
    assert statistics.change(static, static)[1:] == (None, None)


def test_a_change_between_two_files_is_found():
    old, new = timings(generator("test", "change"), 6, ratio=1 / 1.2, noise=0.01)
    change, low, high = statistics.change(old, new)
    assert 1.1 < low < 1.2 < high < 1.3
    assert change == pytest.approx(1.2, rel=0.03)
    assert statistics.change(old, old) == pytest.approx((1, 1, 1), abs=0.05)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda x: x, ""),
        (lambda x: x * np.array([1, 1, 1.5, 1.5]), "the middle half of the blocks spreads over"),
        (lambda x: x * np.array([[1], [1], [1], [1], [1], [1.3]]), "processes differ by"),
        (lambda x: x * np.where(np.arange(24).reshape(6, 4) == 7, 4, 1), "a block took 4.0 times the median"),
    ],
)
def test_unsteady_samples_say_so_themselves(spoil, said):
    steady = 1e-3 * np.ones((6, 4))
    assert statistics.instability(spoil(steady).tolist()).startswith(said)
    assert bool(statistics.instability(spoil(steady).tolist())) == bool(said)


@pytest.mark.parametrize(
    ("paces", "settled"),
    [
        ([1.0] * 9, False),  # too few to say
        ([1.0] * 10, True),
        ([2.0] * 5 + [1.0] * 5, False),
        ([2.0] * 5 + [1.0] * 10, True),
        ([1.0, 1.1, 0.9, 1.05, 0.95, 1.02, 0.97, 1.1, 0.92, 1.0], True),
        (list(np.linspace(2, 1, 10)), False),
    ],
)
def test_warming_up_ends_when_runs_get_no_faster(paces, settled):
    assert worker_module._settled(paces) == settled


def test_a_real_pair():
    heard, given = [], []
    before = time.perf_counter()
    rows = measure(
        [MODEL],
        effort=TimingSettings(launches=2, groups=2, block_seconds=0.02),
        report=lambda what, share: heard.append(share),
        on_rows=given.extend,
    )
    seconds = time.perf_counter() - before
    assert given == rows == json.loads(json.dumps(rows, allow_nan=False))
    assert heard == sorted(heard)
    assert heard[0] == 0 < heard[-1] < 1
    phases = [phase for phase in PHASES if phase != "compile"]
    assert [(row["side"], row["phase"]) for row in rows] == [(s, p) for s in ("static", "dynamic") for p in phases]
    for row in rows:
        assert row["error"] is None
        assert (row["model"], row["variant"], row["size"], row["dtype"]) == (MODEL, "plain", "small", "float32")
        assert (row["form"], row["sweep"], row["launches"]) == ("plain", None, 2)
        assert 0 < row["median_s"] < seconds
        repeated = row["phase"] in ("step", "forward", "resident")
        assert [len(blocks) for blocks in row["samples"]] == [4 if repeated else 1] * 2
        assert row["low_s"] is row["high_s"] is None  # too few launches
        if repeated:
            assert row["conclusion"] == "too few processes"
            medians = [r["median_s"] for r in rows if r["phase"] == row["phase"]]
            assert row["ratio"] == pytest.approx(medians[0] / medians[1], rel=0.4)
            assert row["warm_up_runs"] >= 20  # in two launches, in windows
            assert 0 < row["warm_up_s"] < seconds
        else:
            assert row["ratio"] is row["conclusion"] is row["warm_up_runs"] is None
        if row["phase"] != "step":
            assert row["operations"] is row["ceiling"] is None
    imports = {row["side"]: row["median_s"] for row in rows if row["phase"] == "import"}
    assert min(imports.values()) > 0.2  # in fresh processes: frameworks take their time
    static, dynamic = (next(r for r in rows if r["phase"] == "step" and r["side"] == s) for s in ("static", "dynamic"))
    forward = next(r for r in rows if r["phase"] == "forward" and r["side"] == "dynamic")
    assert forward["median_s"] < dynamic["median_s"]
    config = find(MODEL).spec().config
    products = 2 * config.batch * config.hidden * (1 + 1)  # forward, x w1 and h w2
    assert dynamic["arithmetic"] == 3 * products - 2 * config.batch * config.hidden  # x needs no gradient
    for row in (static, dynamic):
        assert row["precision"] == "float32"
        assert row["operations"] > 20
        assert 0 < row["kernel_s"] < seconds
        assert 1e8 < row["ceiling"] < 1e13
        assert row["memory_bytes"] >= row["import_memory_bytes"] > 1e8
        assert row["harness_s"] < 0.02 * row["median_s"]


def test_a_compiled_pair_is_proven_and_shows_what_compiling_took():
    rows = measure([MODEL], form="compiled", effort=TimingSettings(launches=1, groups=1, timeout=300))
    assert {row["error"] for row in rows} == {None}
    found = {(row["side"], row["phase"]): row for row in rows}
    for side in ("static", "dynamic"):
        assert found[side, "compile"]["median_s"] > 0.05
        assert found[side, "step"]["ratio"] > 0
        assert (side, "resident") not in found
    assert found["static", "step"]["compiled"] > 0  # XLA has really made programs of it


def test_a_killed_arm_costs_its_own_rows_only(tmp_path, monkeypatch):
    monkeypatch.setenv("MARK", str(tmp_path / "mark"))
    rows = measure([MODEL, MODEL], effort=quick(static="planted_killed"))
    first, second = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    assert errors_of(first, "static") == "static arm: killed by SIGKILL"
    assert errors_of(first, "dynamic") is None
    assert {row["ratio"] for row in first} == {None}
    assert next(row for row in first if row["phase"] == "step" and row["side"] == "dynamic")["launches"] == 1
    assert errors_of(second, "static") is errors_of(second, "dynamic") is None
    assert all(row["ratio"] > 0 for row in second if row["phase"] in ("step", "forward"))


def test_without_its_other_half_an_arm_is_not_proven():
    rows = measure([MODEL], effort=quick(dynamic="planted_killed_at_start"))
    died = "dynamic arm: killed by SIGABRT: the last thing it said"
    assert errors_of(rows, "dynamic") == died
    assert errors_of(rows, "static") == f"no time without proof ({died})"


def test_a_hanging_arm_is_given_up():
    before = time.perf_counter()
    rows = measure([MODEL], effort=quick(static="planted_hang", timeout=5))
    assert time.perf_counter() - before < 30
    assert errors_of(rows, "static") == "static arm: no answer to 'block' within 5 s"
    assert errors_of(rows, "dynamic") is None


def test_an_arm_that_raises_says_what():
    rows = measure([MODEL], effort=quick(static="planted_error"))
    assert errors_of(rows, "static") == "static arm: ValueError: a planted error, on two lines"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("still", "no time without proof: float32 loss loss at step 1 differs"),
        ("half_still", "no time without proof: float32 loss loss at step 1 differs"),
        ("half_precision", "no time without proof: float32 loss loss at step 0 differs"),
        ("tf32", "no time without proof: the static arm computes in tf32; the dynamic arm computes in float32"),
        ("not_finite", "no time without proof: float32 loss loss at step 1 differs, not finite on the static side"),
    ],
)
def test_an_arm_that_does_other_work_than_was_proven_is_not_timed(fault, error):
    """It skips its update, or part of it, or computes in another precision: the very twin that is timed is judged."""
    rows = measure([MODEL], effort=quick(static=f"planted_{fault}"))
    assert errors_of(rows, "static").startswith(error)
    assert errors_of(rows, "static") == errors_of(rows, "dynamic")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("still_later", "the timed steps did not change w1, b1, w2, b2"),
        ("half_still_later", "the timed steps did not change w2"),
        ("other_rate", "the timed steps led elsewhere than as many untimed ones: w1, b1, w2, b2"),
        ("other_rate_resident", "the timed steps on a resident batch led elsewhere than as many untimed ones: w1, "),
        ("growing", "a step adds 3 operations to the graph"),
    ],
)
def test_an_arm_that_does_other_work_under_the_clock_is_caught(fault, error):
    rows = measure([MODEL], effort=quick(static=f"planted_{fault}"))
    assert errors_of(rows, "static").startswith(f"static arm: {error}")
    assert errors_of(rows, "dynamic") is None


@pytest.mark.parametrize(
    ("trap", "error"),
    [
        ("pruned", "no time without proof: float32 loss loss at step 1 differs"),
        ("operations_in_the_loop", "static arm: a step adds 1 operations to the graph"),
    ],
)
def test_the_traps_of_tensorflow_are_seen(trap, error):
    effort = quick(static=f"planted_{trap}")
    rows = measure([MODEL], effort=effort)
    assert errors_of(rows, "static").startswith(error)


def test_a_finished_graph_takes_no_more_operations():
    import tensorflow.compat.v1 as tf

    with twins.twin("static", MODEL) as arm, arm.graph.as_default(), pytest.raises(RuntimeError, match="finalized"):
        tf.constant(1.0)


def test_an_arm_that_differs_from_process_to_process_is_caught(tmp_path, monkeypatch):
    monkeypatch.setenv("MARK", str(tmp_path / "mark"))
    rows = measure([MODEL], effort=quick(static="planted_moody", launches=2))
    assert errors_of(rows, "static") == "static arm: the timed steps led elsewhere than in an earlier process"


def test_no_time_without_proof():
    rows = measure([MODEL], effort=quick(dynamic="planted_wrong_sign"))
    assert errors_of(rows, "static") == errors_of(rows, "dynamic")
    assert errors_of(rows, "static").startswith("no time without proof: float64 gradient b1 at step 0 differs")
    rows = measure([MODEL], effort=quick(dynamic="planted_other_names"))
    assert "nothing to compare" in errors_of(rows, "static") == errors_of(rows, "dynamic")


def test_an_idle_arm_is_idle(monkeypatch):
    """One that would burn a core is stopped; were it not, its burning would be seen."""
    fidget = quick(static="planted_fidget")
    assert errors_of(measure([MODEL], effort=fidget), "static") is None

    def left_running(self):
        self._stopped_at, self._cpu_at = time.perf_counter(), self._cpu()

    monkeypatch.setattr(Worker, "_pause", left_running)
    rows = measure([MODEL], effort=fidget)
    assert errors_of(rows, "static") == errors_of(rows, "dynamic")
    assert "static arm: was not idle" in errors_of(rows, "dynamic")


def test_both_arms_are_on_the_same_cores_and_stopped_between():
    cores = worker_cores(1)
    with Workers(1, cores, timeout=30) as arms:
        for side in ("static", "dynamic"):
            arms.start(side, f"{__name__}:planted_facts", {})
            facts = arms.ask(side, "anything")
            assert facts["cores"] == cores
            assert facts["threads"] == "1"
            assert not facts["interrupts"]
            assert facts["frameworks"] == []  # nothing has imported them before the clock for it starts
            assert arms.running[side].process.status() == psutil.STATUS_STOPPED


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="with one core, all are on it")
def test_the_harness_keeps_off_the_arms_core(monkeypatch):
    """In every way to measure: what the parent does, an arm would pay for."""
    seen, start = [], Workers.__enter__

    def look(self):
        seen.append((self.cores, os.sched_getaffinity(0)))
        return start(self)

    monkeypatch.setattr(Workers, "__enter__", look)
    measure([MODEL], effort=quick())
    list(control.control([Job(MODEL, "plain", "plain", "cpu", "small", "float32", 1)], quick()))
    assert len(seen) == 3
    for cores, own in seen:
        assert len(cores) == 1
        assert not own & set(cores)


def test_blocks_take_turns(monkeypatch):
    """A B B A, then B A A B, the same number of runs on both sides, and all steps before all forward passes."""
    asked, ask = [], Workers.ask

    def listen(self, side, method, **arguments):
        if method == "block":
            asked.append((arguments["phase"], side, arguments["count"]))
        return ask(self, side, method, **arguments)

    monkeypatch.setattr(Workers, "ask", listen)
    measure([MODEL], effort=quick())
    turns = ("static", "dynamic", "dynamic", "static"), ("dynamic", "static", "static", "dynamic")
    phases = ("step", "forward", "resident")
    assert [(phase, side) for phase, side, _ in asked] == [
        (phase, side) for phase in phases for group in turns for side in group
    ]
    for phase in phases:
        (count,) = {count for name, _, count in asked if name == phase}
        assert count > 2


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_when_the_parent_ends_the_arms_end(end):
    """Ctrl-C, which the terminal sends to the whole group, keeps what was measured. Neither leaves a process behind."""
    program = (
        "import json, sys; from benchmarks.speed import measure; from tests.speed.test_speed import quick\n"
        f"show = lambda rows: print(json.dumps(rows), flush=True)\n"
        f"try: measure(['{MODEL}'], effort=quick(), on_rows=show); "
        f"measure(['{MODEL}'], effort=quick(static='planted_hang'), on_rows=show)\n"
        "except KeyboardInterrupt: print('interrupted', flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a test run in the background ignores it
    )
    rows = json.loads(process.stdout.readline())
    workers = []
    while len(workers) < 2:  # of the second pair
        workers = sorted(psutil.Process(process.pid).children(), key=psutil.Process.create_time)
        time.sleep(0.05)
    while workers[1].status() != psutil.STATUS_STOPPED:  # the later one, so both are up
        time.sleep(0.01)
    if end == signal.SIGINT:
        os.killpg(process.pid, end)
    else:
        process.kill()
    output, messages = process.communicate(timeout=20)
    assert errors_of(rows, "static") is None
    assert output == ("interrupted\n" if end == signal.SIGINT else "")
    assert messages == ""
    assert psutil.wait_procs(workers, timeout=10)[1] == []


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (["shallow_regresor"], {}, "did you mean 'shallow_regressor'?"),
        ([MODEL], {"variants": ["plain", "fancy"]}, "unknown variant of shallow_regressor 'fancy'"),
        ([MODEL], {"dtype": "float23"}, "did you mean 'float32'?"),
        ([MODEL], {"device": "abacus"}, "unknown device 'abacus'"),
        ([MODEL], {"size": "vast"}, "unknown size 'vast'"),
        ([MODEL], {"threads": 0}, "0 threads"),
        ([MODEL], {"threads": 10_000}, "ask for fewer threads"),
        ([MODEL], {"effort": quick(static="planted_refusal")}, "no such device: use another"),
    ],
)
def test_what_cannot_be_measured_is_refused(names, options, message):
    given = []
    with pytest.raises(UsageError) as refused:
        measure(names, **{"effort": quick()} | options, on_rows=given.extend)
    assert message in str(refused.value)
    assert given == []  # refused at once, not after an hour


def test_the_environment_is_flat_and_private():
    found = environment()
    assert json.loads(json.dumps(found)) == found
    assert all(value is None or isinstance(value, str | int) for value in found.values())
    assert {"date", "cpu", "cores", "python", "numpy", "tensorflow", "torch", "commit"} <= found.keys()
    text = json.dumps(found)
    assert not {getpass.getuser(), socket.gethostname()} & set(re.split(r"[^\w.-]+", text))
    assert str(Path.home()) not in text
    assert str(ROOT) not in text
    code = (
        "import sys; from benchmarks.environment import environment; environment(); "
        "print({'tensorflow', 'torch'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# Units on the kink of a ReLU

GRADIENT, TAP = Key("gradient", 0, "training", "w"), Key("tap", 0, "training", "h")
LATER = Key("loss", 2, "training", "loss")


def off(by):
    """A trace that is so far from one of ones, by key."""
    return {key: np.ones(4) + by.get(key, 0.0) for key in (GRADIENT, TAP, LATER)}


def single(key, error):
    """A row of float32, whose dynamic side is so far off."""
    return {**key._asdict(), "dtype": "float32", "static_error": 0.0, "dynamic_error": error}


def test_where_a_gradient_jumps_float32_may_jump_as_far():
    exact, nudged = off({}), off(dict.fromkeys((GRADIENT, TAP, LATER), 6e-8))
    moved = [off({GRADIENT: by, TAP: 6e-5, LATER: 1e-4}) for by in (1e-3, 1e-2)]
    kinks = KinkTolerance()
    kinks.look(exact, nudged, moved)
    assert kinks.first == 0
    found = {
        (key.stage, error): kinks.explain(single(key, error), exact, nudged, moved)
        for key, error in [(GRADIENT, 9e-3), (GRADIENT, 2e-2), (TAP, 5e-5), (LATER, 9e-4), (LATER, 2e-3)]
    }
    assert found == {
        ("gradient", 9e-3): True,
        ("gradient", 2e-2): False,  # farther than any that was moved
        ("tap", 5e-5): False,  # this one does not jump: before the first step it is judged as ever
        ("loss", 9e-4): True,
        ("loss", 2e-3): False,
    }
    sampled = [off({TAP: 1e-2, LATER: 1e-4})]
    kinks.look(exact, nudged, sampled)
    assert kinks.sampled == 0
    assert kinks.explain(single(TAP, 5e-2), exact, nudged, sampled)  # what is computed from it may be anywhere
    assert not kinks.explain(single(TAP, 0.2), exact, nudged, sampled)
    double = single(GRADIENT, 1e-3) | {"dtype": "float64"}
    assert not kinks.explain(double, exact, nudged, moved)


def test_where_nothing_jumps_nothing_is_explained():
    exact, nudged = off({}), off(dict.fromkeys((GRADIENT, TAP, LATER), 6e-8))
    moved = [off(dict.fromkeys((GRADIENT, TAP, LATER), 6e-5))]
    kinks = KinkTolerance()
    kinks.look(exact, nudged, moved)
    assert kinks.first == inf
    assert not any(kinks.explain(single(key, 1e-5), exact, nudged, moved) for key in (GRADIENT, TAP, LATER))


def test_a_moved_twin_is_off_by_so_many_roundings():
    with twins.twin("dynamic", "deep_net", size="proof", threads=1) as net:
        start, batch = net.state(), next(net.spec.batches())
        straight = net.predict(batch)
        moved = PerturbedTwin(net, 0)
        moved.reset()
        share = np.abs(net.state()["w1"] / start["w1"] - 1)
        assert share == pytest.approx(FAR * 2.0**-24, rel=1e-6)
        assert 0 < relative_norm(moved.predict(batch), straight) < 1e-3
        other = PerturbedTwin(net, 1)
        other.reset()
        assert not np.array_equal(net.state()["w1"], start["w1"])
        net.reset()
        assert np.array_equal(net.state()["w1"], start["w1"])
