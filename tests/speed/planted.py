"""Workers with planted faults: NumPy twins of the shallow regressor, in processes that start at once.

`planted_*` run there, as the harness's `workers`; everything else runs in the test's own process.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np

from benchmarks import twins
from benchmarks.proof import Key
from benchmarks.speed import PHASES, TimingSettings
from benchmarks.speed import worker as worker_module
from shared.catalog import find
from shared.errors import UsageError
from shared.profile import Profile

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

    def to_device(self, batch):
        self.placed = batch

    def step(self, batch=None):
        batch = self.placed if batch is None else batch
        loss, gradients = self.losses(batch)["loss"], self.gradients(batch)
        if self.fault == "half precision":
            loss = float(np.float16(loss))
        for name, gradient in gradients.items():
            if self.fault == "still" or (self.fault == "half still" and name == "w2"):
                continue
            rate = self.spec.config.optimizer.learning_rate * (
                2 if self.fault == "other rate" and self.steps > 3 else 1
            )
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


def planted_slow_compiler(channel):
    worker_module.Timed.start = lambda self, imported: time.sleep(600)
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


def quick(static="planted", dynamic="planted", timeout=30.0, launches=1):
    target = f"{__name__}:"
    workers = {"static": target + static, "dynamic": target + dynamic}
    return TimingSettings(
        launches,
        groups=2,
        block_seconds=0.004,
        window_seconds=0.001,
        warm_up_seconds=0.2,
        timeout=timeout,
        workers=workers,
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
