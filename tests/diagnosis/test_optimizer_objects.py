"""The function that made an optimizer wrong is read from the optimizer, and a right one accuses none."""

import pytest

from benchmarks.diagnosis.optimizer_objects import wrong, wrong_in
from benchmarks.faults.plant import planted
from benchmarks.faults.targets import planned
from benchmarks.mutants.campaign import OPTIMIZERS
from benchmarks.twins import pair, twin

MODEL = "linear_regression"


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.filterwarnings("ignore")  # TF1's Adagrad and RMSProp call a deprecated initializer
def test_a_right_optimizer_accuses_no_function(optimizer):
    static, dynamic = pair(MODEL, threads=1, optimized=False, optimizer=OPTIMIZERS[optimizer])
    with static, dynamic:
        on_host = [step.on_host for step in static._steps if step.on_host is not None]
        assert [wrong(thing) for thing in (*static.optimizers, *dynamic.optimizers, *on_host)] == [""] * (
            2 + len(on_host)
        )
        before = dynamic.state()
        next(iter(map(wrong, dynamic.optimizers)))
        assert all((before[key] == value).all() for key, value in dynamic.state().items()), "a look changes nothing"


@pytest.mark.parametrize(
    ("side", "optimizer", "method", "change"),
    [
        ("static", "adam", "Adam.__init__", "(self.beta1, self.beta2, self.epsilon) -> (self.beta2,"),
        ("static", "momentum", "scheduled", "config.learning_rate -> 2 * config.learning_rate"),
        ("static", "clipped_norm", "build", "config.clip_norm -> 2 * config.clip_norm"),
        ("static", "momentum", "descent", "-> tf.train.MomentumOptimizer(rate, n(2 * config.momentum), name=name)"),
        ("static", "clipped_values", "Extended.clip", "-self.clip_value -> self.clip_value"),
        ("static", "weight_decay", "Extended.add_weight_decay", "g + decay * w -> g - decay * w"),
        ("static", "bfgs", "BFGS.minimize", "pair[1] -> pair[0]"),
        ("dynamic", "rmsprop", "RMSProp.__init__", "lr"),
        ("dynamic", "inverse_time_decay", "Extended.__init__", "self.after) -> pass"),
        ("dynamic", "clipped_values", "build", "Extended(optimizer, config) -> pass"),
        ("dynamic", "adam", "Extended.before", "copy_(group['count']) -> pass"),
        ("dynamic", "momentum", "reset", "torch.full_like(w, start) -> w"),
        ("dynamic", "bfgs", "BFGS.reset", "torch.eye(size, dtype=torch.float64) -> torch.eye(size)"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_the_function_that_is_wrong_is_named(side, optimizer, method, change):
    found = [m for m in planned("optimizers", side) if m.method == method and change in m.what]
    assert found, [m.what for m in planned("optimizers", side) if m.method == method]
    with planted(found[0]), twin(side, MODEL, threads=1, optimizer=OPTIMIZERS[optimizer]) as changed:
        steps = [step.on_host for step in getattr(changed, "_steps", ()) if getattr(step, "on_host", None)]
        assert method in map(wrong, (*changed.optimizers, *steps))


@pytest.mark.parametrize(
    ("side", "optimizer", "method", "change"),
    [
        ("static", "adam", "Adam._create_slots", "self._zeros_slot(w, 'm', self.get_name()) -> pass"),
        ("static", "momentum", "descent", "MomentumOptimizer(rate, n(config.momentum), name=name) -> rate"),
        ("dynamic", "rmsprop_momentum", "reset", "list(group['params'])[1:]"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_it_is_named_by_an_error_too(side, optimizer, method, change):
    found = next(m for m in planned("optimizers", side) if m.method == method and change in m.what)
    with planted(found), pytest.raises((AttributeError, KeyError)) as raised:
        twin(side, MODEL, threads=1, optimizer=OPTIMIZERS[optimizer]).state()
    assert wrong_in(raised.value) == method
    assert wrong_in(ValueError("raised elsewhere")) == ""
