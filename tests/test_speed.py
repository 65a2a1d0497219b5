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
from pathlib import Path

import numpy as np
import psutil
import pytest

from benchmarks import twins
from benchmarks.arms import Arm, Arms, arm_cores
from benchmarks.environment import environment
from benchmarks.parity import Key
from benchmarks.speed import PHASES, Effort, measure, statistics
from benchmarks.speed import worker as worker_module
from shared.catalog import find
from shared.errors import UsageError
from shared.randomness import generator

MODEL = "shallow_regressor"
HERE = Path(__file__)


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

    def step(self, batch):
        loss, gradients = self.losses(batch)["loss"], self.gradients(batch)
        for name, gradient in gradients.items():
            if self.fault == "still" or (self.fault == "half still" and name == "w2"):
                continue
            rate = self.spec.config.learning_rate * (2 if self.fault == "other rate" and self.steps > 3 else 1)
            self.w[name] -= np.asarray(rate * gradient, self.dtype)
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


def planted(channel, fault="", twin=NumpyTwin):
    """An arm whose twins are NumPy's; the fault is in the twin that is timed, and in it only."""
    twins.load = lambda side, name: None

    def make(side, name, dtype, device, *, variant, size, threads, observed):
        return twin(side, find(name).spec(variant, size), dtype, observed, "" if observed else fault)

    twins.twin = make
    worker_module.serve(channel)


def planted_still(channel):
    planted(channel, "still")


def planted_half_still(channel):
    planted(channel, "half still")


def planted_other_rate(channel):
    planted(channel, "other rate")


def planted_not_finite(channel):
    planted(channel, "not finite")


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
            }
        )


# The tests


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch):
    """Workers find this file by its name; and no test leaves a process, or the parent's cores changed."""
    monkeypatch.setenv("PYTHONPATH", str(HERE.parent))
    cores = os.sched_getaffinity(0)
    yield
    assert psutil.Process().children(recursive=True) == []
    assert os.sched_getaffinity(0) == cores


def quick(static="planted", dynamic="planted", timeout=30.0):
    target = f"{HERE.stem}:"
    return Effort(
        groups=2, block_seconds=0.004, timeout=timeout, workers={"static": target + static, "dynamic": target + dynamic}
    )


def errors_of(rows, side):
    """The one error that all rows of a side have; such rows show no time."""
    rows = [row for row in rows if row["side"] == side]
    assert [row["phase"] for row in rows] == list(PHASES)
    for row in rows:
        assert (row["error"] is None) == bool(row["samples"]) == (row["median_s"] is not None)
        assert row["error"] is None or row["ratio"] is row["low_s"] is row["conclusion"] is None
    (error,) = {row["error"] for row in rows}
    assert error is None or "\n" not in error
    return error


def timings(draw, groups, ratio, noise, drift=0.0):
    """Blocks in the order A B B A on a machine that slows by `drift` on the way; static takes `ratio` times as long."""
    shape = (groups, 4)
    slower = np.linspace(1, 1 + drift, groups * 4).reshape(shape)
    seconds = 1e-3 * slower * np.exp(draw.normal(0, noise, shape))
    static, dynamic = ratio * seconds[:, [0, 3]], seconds[:, [1, 2]]
    return list(static.ravel()), list(dynamic.ravel())


def test_a_known_ratio_is_found_through_noise_and_drift():
    static, dynamic = timings(generator("test", "ratio"), 10, ratio=1.3, noise=0.02, drift=1.0)
    ratio, low, high = statistics.ratio(static, dynamic)
    assert low < 1.3 < high
    assert 1.25 < low <= ratio <= high < 1.35  # the drift alone would have made it 0.9 to 1.9
    assert statistics.conclusion(low, high) == "dynamic faster"
    inverse = statistics.ratio(dynamic, static)
    assert inverse == pytest.approx((1 / ratio, 1 / high, 1 / low))
    assert statistics.conclusion(*inverse[1:]) == "static faster"


def test_drift_cancels_within_a_group():
    steady = statistics.ratio(*timings(generator("test", "drift"), 4, ratio=1.3, noise=0, drift=1.0))
    assert steady == pytest.approx((1.3, 1.3, 1.3), rel=0.01)  # neighbours alone differ by 7 %


def test_an_arm_against_itself_is_not_significant():
    found = []
    for number in range(400):
        _, low, high = statistics.ratio(*timings(generator("test", "itself", number), 10, ratio=1.0, noise=0.05))
        found.append(statistics.conclusion(low, high))
    assert set(found) - {"not significant"}  # one that never speaks up would prove nothing
    assert found.count("not significant") >= 0.9 * len(found)


def test_the_interval_of_a_median_covers_it():
    hits = widths = 0
    for number in range(400):
        samples = list(generator("test", "median", number).lognormal(0, 0.1, 20))
        middle, low, high = statistics.median(samples)
        assert low <= middle == np.median(samples) <= high
        hits, widths = hits + (low <= 1 <= high), widths + high - low
    assert 0.9 <= hits / 400 <= 0.99
    assert widths / 400 < 0.15  # sure of itself, too: the samples spread over 0.4
    assert statistics.median(samples) == statistics.median(samples)
    assert statistics.median([0.5]) == (0.5, None, None)


def test_a_real_pair():
    heard, given = [], []
    before = time.perf_counter()
    rows = measure(
        [MODEL],
        effort=Effort(groups=4, block_seconds=0.02),
        report=lambda what, share: heard.append(share),
        on_rows=given.extend,
    )
    seconds = time.perf_counter() - before
    assert given == rows == json.loads(json.dumps(rows, allow_nan=False))
    assert heard == sorted(heard)
    assert heard[0] == 0 < heard[-1] < 1
    assert [(row["side"], row["phase"]) for row in rows] == [(s, p) for s in ("static", "dynamic") for p in PHASES]
    for row in rows:
        assert row["error"] is None
        assert (row["model"], row["variant"], row["size"], row["dtype"]) == (MODEL, "plain", "small", "float32")
        assert 0 < row["median_s"] < seconds
        repeated = row["phase"] in ("step", "forward")
        assert len(row["samples"]) == (8 if repeated else 1)
        if repeated:
            assert row["low_s"] <= row["median_s"] <= row["high_s"]
            assert row["ratio_low"] <= row["ratio"] <= row["ratio_high"]
            assert row["conclusion"] == statistics.conclusion(row["ratio_low"], row["ratio_high"])
            medians = [r["median_s"] for r in rows if r["phase"] == row["phase"]]
            assert row["ratio"] == pytest.approx(medians[0] / medians[1], rel=0.4)
        else:
            assert row["low_s"] is row["high_s"] is row["ratio"] is row["conclusion"] is None
    imports = {row["side"]: row["median_s"] for row in rows if row["phase"] == "import"}
    assert min(imports.values()) > 0.2  # in fresh processes: frameworks take their time
    step, forward = (next(r for r in rows if r["phase"] == p and r["side"] == "dynamic") for p in ("step", "forward"))
    assert forward["median_s"] < step["median_s"]


def test_a_killed_arm_costs_its_own_rows_only(tmp_path, monkeypatch):
    monkeypatch.setenv("MARK", str(tmp_path / "mark"))
    rows = measure([MODEL, MODEL], effort=quick(static="planted_killed"))
    first, second = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    assert errors_of(first, "static") == "static arm: killed by SIGKILL"
    assert errors_of(first, "dynamic") is None
    assert {row["ratio"] for row in first} == {None}
    assert len(next(row for row in first if row["phase"] == "step" and row["side"] == "dynamic")["samples"]) == 4
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
        ("still", "static arm: the timed steps did not change w1, b1, w2, b2"),
        ("half_still", "static arm: the timed steps did not change w2"),
        ("other_rate", "static arm: the timed steps led elsewhere than as many untimed ones: w1, b1, w2, b2"),
        ("not_finite", "static arm: the timed steps led to values that are not finite: w1"),
    ],
)
def test_an_arm_that_does_other_work_while_it_is_timed_is_caught(fault, error):
    rows = measure([MODEL], effort=quick(static=f"planted_{fault}"))
    assert errors_of(rows, "static").startswith(error)
    assert errors_of(rows, "dynamic") is None


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

    monkeypatch.setattr(Arm, "_pause", left_running)
    rows = measure([MODEL], effort=fidget)
    assert errors_of(rows, "static") == errors_of(rows, "dynamic")
    assert "static arm: was not idle" in errors_of(rows, "dynamic")


def test_both_arms_are_on_the_same_cores_and_stopped_between():
    cores = arm_cores(1)
    with Arms(1, cores, timeout=30) as arms:
        for side in ("static", "dynamic"):
            arms.start(side, f"{HERE.stem}:planted_facts", {})
            facts = arms.ask(side, "anything")
            assert facts["cores"] == cores
            assert facts["threads"] == "1"
            assert not facts["interrupts"]
            assert facts["frameworks"] == []  # nothing has imported them before the clock for it starts
            assert arms.running[side].process.status() == psutil.STATUS_STOPPED


def test_blocks_take_turns(monkeypatch):
    """A B B A, the same number of runs on both sides, and all steps before all forward passes."""
    asked, ask = [], Arms.ask

    def listen(self, side, method, **arguments):
        if method == "block":
            asked.append((arguments["phase"], side, arguments["count"]))
        return ask(self, side, method, **arguments)

    monkeypatch.setattr(Arms, "ask", listen)
    measure([MODEL], effort=quick())
    assert [(phase, side) for phase, side, _ in asked] == [
        (phase, side)
        for phase in ("step", "forward")
        for _ in range(2)
        for side in ("static", "dynamic", "dynamic", "static")
    ]
    for phase in ("step", "forward"):
        (count,) = {count for name, _, count in asked if name == phase}
        assert count > 2


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_when_the_parent_ends_the_arms_end(end):
    """Ctrl-C, which the terminal sends to the whole group, keeps what was measured. Neither leaves a process behind."""
    program = (
        "import json, sys; from benchmarks.speed import measure; from test_speed import quick\n"
        f"show = lambda rows: print(json.dumps(rows), flush=True)\n"
        f"try: measure(['{MODEL}'], effort=quick(), on_rows=show); "
        f"measure(['{MODEL}'], effort=quick(static='planted_hang'), on_rows=show)\n"
        "except KeyboardInterrupt: print('interrupted', flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=HERE.parents[1],
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
    assert str(HERE.parents[1]) not in text
    code = (
        "import sys; from benchmarks.environment import environment; environment(); "
        "print({'tensorflow', 'torch'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=HERE.parents[1], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
