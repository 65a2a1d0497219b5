"""The convolutional nets against the frameworks' own layers and SciPy, none of which the twins use."""

import numpy as np
import pytest
import tensorflow as tf2
import torch
from scipy.signal import correlate2d
from scipy.special import expit, log_softmax
from torch import nn
from torch.nn import functional as F

from benchmarks import pair, results, twin
from benchmarks.learning.learn import learn
from benchmarks.parity import compare, passed, prove
from shared.catalog import CATALOG
from shared.convolutional import conv_net
from shared.datasets import Dataset, Split
from shared.errors import UsageError

SIDES = ("static", "dynamic")
KERNEL, DENSE = (3, 2, 0, 1), (1, 0)  # HWIO -> OIHW, (in, out) -> (out, in)


def _set(layer, weight, bias=None):
    """A layer of PyTorch's with canonical values, in float64."""
    layer = layer.double()
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight.transpose(KERNEL if weight.ndim == 4 else DENSE)))
        if bias is not None:
            layer.bias.copy_(torch.tensor(bias))
    return layer


def _conv(weight, bias=None, stride=1, padding=None):
    size, _, before, after = weight.shape
    padding = size // 2 if padding is None else padding
    return _set(nn.Conv2d(before, after, size, stride, padding, bias=bias is not None), weight, bias)


def _norm(state, name, config):
    norm = nn.BatchNorm2d(len(state[f"{name}/gamma"]), config.epsilon, 1 - config.decay).double()
    with torch.no_grad():
        norm.weight.copy_(torch.tensor(state[f"{name}/gamma"]))
        norm.bias.copy_(torch.tensor(state[f"{name}/beta"]))
        norm.running_mean.copy_(torch.tensor(state[f"{name}/moving_mean"]))
        norm.running_var.copy_(torch.tensor(state[f"{name}/moving_variance"]))
    return norm


class Channels(nn.Module):
    """Flat in the order of NHWC, which the twins' last matrices are laid out in."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


class Residual(nn.Module):
    def __init__(self, state, block, config):
        super().__init__()
        part = {n.removeprefix(f"{block}/"): v for n, v in state.items()}
        halved = "projection" in part
        first = _conv(part["kernel1"], stride=2, padding=0) if halved else _conv(part["kernel1"])
        pad = [nn.ZeroPad2d((0, 1, 0, 1))] if halved else []
        second = [nn.ReLU(), _conv(part["kernel2"]), _norm(part, "norm2", config)]
        self.main = nn.Sequential(*pad, first, _norm(part, "norm1", config), *second)
        around = [_conv(part["projection"], stride=2), _norm(part, "norm3", config)] if halved else []
        self.around = nn.Sequential(*around)

    def forward(self, x):
        return F.relu(self.main(x) + self.around(x))


class Highway(nn.Module):
    def __init__(self, kernel, bias):
        super().__init__()
        half = len(bias) // 2
        self.plain, self.gate = (_conv(kernel[..., s], bias[s]) for s in (slice(half), slice(half, None)))

    def forward(self, x):
        gate = F.sigmoid(self.gate(x))
        return torch.lerp(x, F.relu(self.plain(x)), gate)


class Grown(nn.Module):
    def __init__(self, state, name, config):
        super().__init__()
        norm, conv = _norm(state, f"{name}/norm", config), _conv(state[f"{name}/kernel"])
        self.new = nn.Sequential(norm, nn.ReLU(), conv)

    def forward(self, x):
        return torch.hstack([x, self.new(x)])


def _conv_net(s, c):
    layers = [(_conv(s[f"kernel{i}"], s[f"bias{i}"]), nn.ReLU(), nn.MaxPool2d(2)) for i in (1, 2)]
    dense = [_set(nn.Linear(*s[f"w{i}"].shape), s[f"w{i}"], s[f"b{i}"]) for i in (3, 4)]
    return nn.Sequential(*layers[0], *layers[1], Channels(), dense[0], nn.ReLU(), dense[1])


def _residual_net(s, c):
    blocks = [Residual(s, f"blocks/{i}", c) for i in range(len(c.strides))]
    last = _set(nn.Linear(*s["w"].shape), s["w"], s["b"])
    pooled = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return nn.Sequential(_conv(s["kernel"]), _norm(s, "norm", c), nn.ReLU(), *blocks, *pooled, last)


def _highway_net(s, c):
    stages = [[Highway(s[f"stage{k}/{i}/kernel"], s[f"stage{k}/{i}/bias"]) for i in range(c.depth)] for k in (1, 2)]
    first = _conv(s["kernel"], s["bias"]), nn.ReLU()
    last = Channels(), _set(nn.Linear(*s["w"].shape), s["w"], s["b"])
    return nn.Sequential(*first, nn.MaxPool2d(2), *stages[0], nn.MaxPool2d(2), *stages[1], *last)


def _dense_net(s, c):
    blocks = [[Grown(s, f"block{k}/{i}", c) for i in range(c.depth)] for k in (1, 2)]
    between = _norm(s, "transition/norm", c), nn.ReLU(), _conv(s["transition/kernel"]), nn.AvgPool2d(2)
    last = _norm(s, "norm", c), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    dense = _set(nn.Linear(*s["w"].shape), s["w"], s["b"])
    return nn.Sequential(_conv(s["kernel"]), *blocks[0], *between, *blocks[1], *last, dense)


NETS = {
    "conv_net": (_conv_net, ("kernel1", "kernel2", "w3", "w4")),
    "residual_net": (
        _residual_net,
        ("kernel", *(f"blocks/{i}/kernel{j}" for i in (0, 1) for j in (1, 2)), "blocks/1/projection", "w"),
    ),
    "highway_net": (_highway_net, ("kernel", *(f"stage{k}/{i}/kernel" for k in (1, 2) for i in (0, 1)), "w")),
    "dense_net": (
        _dense_net,
        ("kernel", *(f"block{k}/{i}/kernel" for k in (1, 2) for i in (0, 1)), "transition/kernel", "w"),
    ),
}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("model", "net"), NETS.items(), ids=NETS)
def test_a_net_is_made_of_pytorchs_layers(side, model, net):
    """Logits in both modes, the loss with its decay, its gradient, and the running averages after a step."""
    make, decayed = net
    with twin(side, model, size="proof", threads=1) as arm:
        for _, batch in zip(range(3), arm.spec.batches()):
            arm.step(batch)  # away from shifts of zero and gains of one
        state, config = arm.state(), arm.spec.config
        layers = make(state, config)
        x = torch.tensor(batch["x"].transpose(0, 3, 1, 2).astype(np.float64))

        layers.eval()
        np.testing.assert_allclose(arm.predict(batch), layers(x).detach().numpy(), rtol=1e-10, atol=1e-12)
        layers.train()
        logits = layers(x)
        np.testing.assert_allclose(arm.forward(batch)["logits"], logits.detach().numpy(), rtol=1e-10, atol=1e-12)
        picked = log_softmax(logits.detach().numpy(), axis=1)[np.arange(len(batch["y"])), batch["y"]]
        decay = config.l2 / 2 * sum(np.sum(state[name] ** 2) for name in decayed)
        assert arm.loss(batch) == pytest.approx(-picked.mean() + decay, rel=1e-12)

        F.cross_entropy(logits, torch.tensor(batch["y"])).backward()
        first = next(layers.parameters())
        name = decayed[0]
        expected = first.grad.numpy().transpose(2, 3, 1, 0) + config.l2 * state[name]
        np.testing.assert_allclose(arm.gradients(batch)[name], expected, rtol=1e-9, atol=1e-12)

        arm.step(batch)
        after = arm.state()
        averages = sorted(float(v.sum()) for n, v in after.items() if "moving" in n)
        theirs = [m for m in layers.modules() if isinstance(m, nn.BatchNorm2d)]
        sums = sorted(float(b.sum()) for m in theirs for b in (m.running_mean, m.running_var))
        np.testing.assert_allclose(averages, sums, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("side", SIDES)
def test_conv_nets_convolution_is_scipys(side):
    """The sum over channels of correlations, with zeros around: a kernel is not turned round as in mathematics."""
    with twin(side, "conv_net", size="proof", threads=1) as arm:
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


@pytest.mark.parametrize("side", SIDES)
def test_a_residual_block_is_keras(side):
    """TensorFlow's own layers, whose SAME pads a halving convolution below and to the right only."""
    with twin(side, "residual_net", size="proof", threads=1) as arm:
        batch = next(arm.spec.batches())
        state, config, taps = arm.state(), arm.spec.config, arm.forward(batch, training=False)

        def layer(x, kernel, norm, stride):
            size, _, _, after = state[f"blocks/1/{kernel}"].shape
            conv = tf2.keras.layers.Conv2D(after, size, stride, padding="same", use_bias=False, dtype="float64")
            bn = tf2.keras.layers.BatchNormalization(epsilon=config.epsilon, dtype="float64")
            z = conv(x)
            conv.set_weights([state[f"blocks/1/{kernel}"]])
            bn(z)
            names = ("gamma", "beta", "moving_mean", "moving_variance")
            bn.set_weights([state[f"blocks/1/{norm}/{name}"] for name in names])
            return bn(conv(x), training=False)

        x = taps["h1"]
        h = tf2.nn.relu(layer(x, "kernel1", "norm1", 2))
        y = tf2.nn.relu(layer(h, "kernel2", "norm2", 1) + layer(x, "projection", "norm3", 2))
        np.testing.assert_allclose(taps["h2"], y.numpy(), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("side", SIDES)
def test_a_new_highway_carries_on(side):
    """Its gates start near sigmoid(-2), so a layer hands on most of what it is given; wide open it is a plain net."""
    with twin(side, "highway_net", size="proof", threads=1) as arm:
        batch, state = next(arm.spec.batches()), arm.state()
        gates = [name for name in state if name.startswith("stage") and name.endswith("bias")]
        half = arm.spec.config.channels
        assert {float(v) for name in gates for v in state[name][half:]} == {-2.0}
        assert expit(-2.0) < 0.12
        pooled = {}
        for bias in (-50.0, 50.0):
            arm.load(state | {name: np.repeat([0, bias], half) for name in gates})
            taps = arm.forward(batch)
            pooled[bias] = taps["h0"].reshape(-1, 4, 2, 4, 2, half).max((2, 4)), taps["h1"]
        np.testing.assert_allclose(pooled[-50.0][1], pooled[-50.0][0], rtol=1e-12, atol=1e-12)
        x = torch.tensor(pooled[50.0][0].transpose(0, 3, 1, 2))
        for i in range(arm.spec.config.depth):
            x = F.relu(_conv(state[f"stage1/{i}/kernel"][..., :half])(x))
        np.testing.assert_allclose(pooled[50.0][1], x.detach().numpy().transpose(0, 2, 3, 1), rtol=1e-10, atol=1e-12)


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
    static, dynamic = pair("conv_net", data="mnist", size="proof", threads=1)
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


def test_results_depend_on_the_files_that_parts_come_from():
    """A residual net has its batch norm from another model's files; a convolutional net has none."""
    assert results._lenders("residual_net") == {"batch_norm_net", "image_spec"}
    assert results._lenders("conv_net") == {"image_spec"}
    assert results._lenders("optimizers") == set()
