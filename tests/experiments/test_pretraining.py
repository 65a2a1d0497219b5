"""Greedy pre-training: both sides alike, and against the layers one by one."""

import numpy as np
import pytest
from scipy.special import expit

from benchmarks import twin
from benchmarks.experiments import eight_layers
from benchmarks.experiments.pretraining import LAYERS, pretrain
from benchmarks.twins import SIDES
from shared.datasets import images
from shared.datasets.images import flat

both = pytest.mark.parametrize("side", SIDES)
kinds = pytest.mark.parametrize("kind", LAYERS)
NET = {"depth": 3, "width": 7, "activation": "sigmoid"}


@kinds
def test_both_sides_come_to_the_same_start(kind):
    starts = []
    for side in SIDES:
        with twin(side, "deep_net", threads=1, **NET) as net:
            starts.append(pretrain(side, kind, net.spec, steps=40))
            before = net.state()
            net.load({**before, **starts[-1]})
            after = net.state()
        assert list(starts[-1]) == ["w1", "b1", "w2", "b2"]
        for name, value in after.items():
            np.testing.assert_array_equal(value, starts[-1].get(name, before[name]))
    for name, value in starts[0].items():
        np.testing.assert_allclose(value, starts[1][name], rtol=1e-9, atol=1e-12)


@both
@kinds
def test_a_layer_is_shown_what_the_one_below_makes_of_the_data(side, kind):
    """The second layer by hand, from the first; which does not depend on what comes after it."""
    layer = LAYERS[kind]
    settings = {**layer.settings, "hidden": 7, "threads": 1}
    with twin(side, "deep_net", threads=1, **NET) as net:
        found = pretrain(side, kind, net.spec, steps=30)
    with twin(side, "deep_net", threads=1, **{**NET, "depth": 2}) as net:
        alone = pretrain(side, kind, net.spec, steps=30)
    assert list(alone) == ["w1", "b1"]
    for name, value in alone.items():
        np.testing.assert_array_equal(value, found[name])
    h = expit(flat(images.digits().train.x) @ found["w1"] + found["b1"])
    with twin(side, kind, **settings, **{layer.inputs: 64}) as below:
        shown = below.spec.next_layer_input(h)
    if kind == "rbm":
        assert set(np.unique(shown)) == {0, 1}
        np.testing.assert_allclose(shown.mean(0), h.mean(0), atol=5 * 0.5 / np.sqrt(len(h)))
    else:
        np.testing.assert_array_equal(shown, h)
    with twin(side, kind, **settings, **{layer.inputs: 7}) as above:
        for batch, _ in zip(above.spec.batches_of(shown), range(30)):
            above.step(batch)
        np.testing.assert_allclose(above.state()[layer.w], found["w2"], rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(above.state()[layer.b], found["b2"], rtol=1e-8, atol=1e-12)


@kinds
def test_what_does_not_learn_from_random_values_learns_from_there(kind):
    """Eight layers of sigmoids, in few steps; the experiment has all of them."""
    case, accuracy = eight_layers.EXPERIMENT.cases[f"pretrained_{kind}"], []
    for pretrained in (False, True):
        with twin("dynamic", "deep_net", "float32", threads=1, observed=False, **case.changes) as net:
            if pretrained:
                net.load({**net.state(), **pretrain("dynamic", kind, net.spec, steps=200)})
            for batch, _ in zip(net.spec.batches(), range(200)):
                net.step(batch)
            test = net.spec.held_out()
            accuracy.append(net.spec.score(net.predict(test), test, net.state())["test_accuracy"])
    assert accuracy[0] < 0.2
    assert accuracy[1] > 0.8
