"""Losses, activations, gradients at corners: the known differences, each as a few lines of eager PyTorch.

Twin: static_tf/differences/losses.py
"""

import numpy as np
import torch
import torch.nn.functional as F

from dynamic_torch.differences.probe import probe, slope


@probe
def loss_reduction(logits, labels, prediction, target, weights, aligned):
    loss = F.cross_entropy(logits, labels, reduction="none" if aligned else "mean")
    weighted = weights * F.mse_loss(prediction, target, reduction="none")
    return {
        "gradient of cross-entropy": slope(loss, logits),
        "weighted": weighted.sum() / (weights != 0).sum() if aligned else weighted.mean(),
    }


@probe
def log_loss(p, y, logits, aligned):
    def cross_entropy(p):
        if not aligned:
            return F.binary_cross_entropy(p, y)
        return -(y * (p + 1e-7).log() + (1 - y) * (1 - p + 1e-7).log()).mean()

    return {
        "inside": cross_entropy(logits.sigmoid()),
        "at 0 and 1": cross_entropy(p),
        "from logits": F.binary_cross_entropy_with_logits(logits, y, reduction="none"),
    }


@probe
def activations(x, aligned):
    return {
        "leaky ReLU": F.leaky_relu(x, float(np.float32(0.2))) if aligned else F.leaky_relu(x),
        "hard sigmoid": (0.2 * x + 0.5).clamp(0, 1) if aligned else F.hardsigmoid(x),
        "softplus": F.softplus(x + 20.5, threshold=100) if aligned else F.softplus(x + 20.5),
        "GELU": F.gelu(x),
        "GELU by tanh": F.gelu(x, approximate="tanh") if aligned else F.gelu(x),
    }


@probe
def selu_at_zero(x, zero, aligned):
    def selu(x):
        scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
        return torch.where(x >= 0, scale * x, scale * alpha * x.expm1()) if aligned else F.selu(x)

    return {"selu": selu(x), "gradient": slope(selu(x), x), "gradient at 0": slope(selu(zero), zero)}


@probe
def max_ties(a, b, aligned):
    return {
        "reduce_max": slope(a.amax(1) if aligned else a.max(1).values, a),
        "maximum": slope(torch.where(a >= b, a, b) if aligned else torch.maximum(a, b), a),
        "minimum": slope(torch.where(a <= b, a, b) if aligned else torch.minimum(a, b), a),
    }


@probe
def norm_at_zero(x, zero):
    masked_log = torch.where(x > 0, x.log(), 0)
    return {
        "norm": x.norm(dim=1),
        "gradient of norm": slope(x.norm(dim=1), x),
        "gradient of sqrt": slope(zero.sqrt(), zero),
        "gradient of a power": slope(zero.pow(0.5), zero),
        "gradient of a masked log": slope(masked_log, x),
    }


@probe
def top_k_ties(x, aligned):
    values, indices = x.sort(dim=1, descending=True, stable=True) if aligned else x.topk(4)
    return {"values": values[:, :4], "indices": indices[:, :4], "argmax": x.argmax(1)}


@probe
def corners(x, y, images):
    channels_first = images.permute(0, 3, 1, 2)
    return {
        "sigmoid cross-entropy": slope(F.binary_cross_entropy_with_logits(x, y, reduction="none"), x),
        "ReLU": slope(F.relu(x), x),
        "abs": slope(x.abs(), x),
        "clip": slope(x.clamp(-1, 1), x),
        "ReLU6": slope(F.relu6(x), x),
        "ELU": slope(F.elu(x), x),
        "max pool": slope(F.max_pool2d(channels_first, 2, 2), images),
        "product": slope(x.prod(), x),
        "round": x.round(),
        "floor mod": x % 3,
        "to integer": x.int(),
    }
