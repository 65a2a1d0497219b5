"""The convolutional net against PyTorch's layers and SciPy, and on data of other sizes."""

import numpy as np
import pytest
from scipy.signal import correlate2d
from torch import nn

from benchmarks import pair, twin
from benchmarks.learning.learn import learn
from benchmarks.parity import compare
from benchmarks.proof import passed, prove
from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from shared.convolutional import conv_net
from shared.datasets import Dataset, Split
from shared.errors import UsageError
from tests.helpers import SMALL
from tests.models.convolutional.pytorch_layers import Channels, check_net, conv_layer, filled
from tests.models.pins import SIZED, edge_cases, sums


def _conv_net(s, c):
    layers = [(conv_layer(s[f"kernel{i}"], s[f"bias{i}"]), nn.ReLU(), nn.MaxPool2d(2)) for i in (1, 2)]
    dense = [filled(nn.Linear(*s[f"w{i}"].shape), s[f"w{i}"], s[f"b{i}"]) for i in (3, 4)]
    return nn.Sequential(*layers[0], *layers[1], Channels(), dense[0], nn.ReLU(), dense[1])


@pytest.mark.parametrize("side", SIDES)
def test_it_is_made_of_pytorchs_layers(side):
    decayed = ("kernel1", "kernel2", "w3", "w4")
    check_net(side, "conv_net", _conv_net, decayed)


@pytest.mark.parametrize("side", SIDES)
def test_conv_nets_convolution_is_scipys(side):
    """The sum over channels of correlations, with zeros around: a kernel is not turned round as in mathematics."""
    with twin(side, "conv_net", **SMALL) as arm:
        batch, state = next(arm.spec.batches()), arm.spec.initial()
        taps = arm.forward(batch)
        for i, x in ((1, batch["x"]), (2, taps["h1"])):
            kernel = state[f"kernel{i}"].astype(np.float64)
            expected = [
                [
                    sum(correlate2d(image[..., c], kernel[..., c, o], mode="same") for c in range(kernel.shape[2]))
                    for o in range(kernel.shape[3])
                ]
                for image in x.astype(np.float64)
            ]
            z = taps[f"z{i}"] - state[f"bias{i}"]
            np.testing.assert_allclose(z, np.transpose(expected, (0, 2, 3, 1)), rtol=1e-12, atol=1e-13)


@pytest.fixture
def large(monkeypatch):
    """A few images of 28x28 in the place of MNIST, which does not ship."""
    x = np.random.default_rng(0).random((80, 28, 28, 1), np.float32)
    y = (np.arange(80) % 10).astype(np.int64)
    data = Dataset(Split(x[:64], y[:64]), Split(x[64:], y[64:]))
    monkeypatch.setitem(conv_net.DATA, "mnist", (lambda: data, (28, 28, 1)))


def test_conv_net_takes_the_size_of_its_data(large):
    """Both by its setting and by the variant on request; and it is the same function at that size."""
    rows = prove("conv_net", "mnist", dtypes=("float64",), steps=2)
    assert passed(rows)
    static, dynamic = pair("conv_net", data="mnist", **SMALL)
    with static, dynamic:
        batch = next(static.spec.batches())
        assert static.forward(batch)["h2"].shape == (9, 7, 7, 7)
        assert compare({"logits": static.predict(batch)}, {"logits": dynamic.predict(batch)})
    rows, picture = learn("conv_net", "mnist", steps=2)
    assert {row["variant"] for row in rows} == {"mnist"}
    assert picture["static_kernel1"].shape == (5, 5, 1, 32)
    np.testing.assert_allclose(picture["static_kernel1"], picture["dynamic_kernel1"], rtol=1e-3, atol=1e-5)


def test_the_shapes_that_are_said_are_the_datas():
    load, shape = conv_net.DATA["digits"]
    assert load().train.x.shape[1:] == shape
    with pytest.raises(UsageError, match="unknown data 'minst': did you mean 'mnist'"):
        _ = conv_net.Config(data="minst").image


def test_what_does_not_ship_runs_only_if_asked_for():
    from benchmarks.commands.options import select_variants

    entry = CATALOG["conv_net"]
    assert list(entry.on_request) == ["mnist", "fashion"]
    assert select_variants(["conv_net"], None) == [("conv_net", "plain")]
    assert not {variant for _, variant in select_variants(None, None)} & entry.on_request.keys()
    assert select_variants(["conv_net"], "mnist", learning=True) == [("conv_net", "mnist")]
    with pytest.raises(UsageError, match="did you mean 'mnist'"):
        select_variants(["conv_net"], "minst")
    (target,) = entry.variant("mnist").learning.targets
    assert (target.metric, target.bound) == ("test_accuracy", 0.99)


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("conv_net") == pytest.approx((2531.391658, 1544.625), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    assert edge_cases("conv_net") == [*SIZED, "ties"]
