"""A net of PyTorch's layers, which the twins do not use, holding a twin's values."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from torch import nn
from torch.nn import functional as F

from benchmarks import twin
from tests.helpers import SMALL

KERNEL, DENSE = (3, 2, 0, 1), (1, 0)  # HWIO -> OIHW, (in, out) -> (out, in)


def filled(layer, weight, bias=None):
    """A layer of PyTorch's with canonical values, in float64."""
    layer = layer.double()
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight.transpose(KERNEL if weight.ndim == 4 else DENSE)))
        if bias is not None:
            layer.bias.copy_(torch.tensor(bias))
    return layer


def conv_layer(weight, bias=None, stride=1, padding=None):
    size, _, before, after = weight.shape
    padding = size // 2 if padding is None else padding
    return filled(nn.Conv2d(before, after, size, stride, padding, bias=bias is not None), weight, bias)


def norm_layer(state, name, config):
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


def check_net(side, model, make, decayed):
    """Logits in both modes, the loss with the decay of the weights named in `decayed`, its gradient, and the running
    averages after a step. `make(state, config)` is the net of PyTorch's layers."""
    with twin(side, model, **SMALL) as arm:
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
