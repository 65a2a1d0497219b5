"""Normalization: the known differences, each as a few lines of eager PyTorch.

Twin: static_tf/differences/normalization.py
"""

import torch
import torch.nn.functional as F
from torch import nn

from dynamic_torch.differences.probe import probe


@probe
def batch_norm_momentum(x, aligned):
    average, variance = torch.zeros_like(x[0, 0]), torch.ones_like(x[0, 0])
    momentum, eps = (0.01, 1e-3) if aligned else (0.1, 1e-5)
    for batch in x:
        normalised = F.batch_norm(batch, average, variance, training=True, momentum=momentum, eps=eps)
    return {"running mean": average, "normalised": normalised}


@probe
def batch_norm_variance(x, images):
    def running_variance(x):
        average, variance = x.new_zeros(x.shape[1]), x.new_ones(x.shape[1])
        F.batch_norm(x, average, variance, training=True, momentum=1.0)
        return variance

    images = images.permute(0, 3, 1, 2)
    zeros = images.new_zeros(images.shape[1])
    y = F.batch_norm(torch.ones_like(images), zeros, zeros, eps=1e-5).permute(0, 2, 3, 1)
    return {
        "moments": running_variance(x),
        "fused_batch_norm": running_variance(images),
        "epsilon in use": (1e8 / y.square()).round(),
    }


@probe
def batch_norm_updates(x, aligned):
    norm = nn.BatchNorm1d(x.shape[1], eps=1e-5, affine=False, dtype=x.dtype)
    output = norm(x)
    if aligned:
        output = nn.BatchNorm1d(x.shape[1], eps=1e-5, affine=False, dtype=x.dtype).eval()(x)
    return {"running mean": norm.running_mean, "output": output}


@probe
def layer_norm_epsilon(x, aligned):
    def layer_norm(eps):
        return F.layer_norm(x, x.shape[1:], eps=eps if aligned else 1e-5)

    return {
        "contrib": layer_norm(1e-12),
        "Keras": layer_norm(1e-3),
        "variance": x.var(1, correction=0 if aligned else 1),
    }


@probe
def l2_normalize(x, small, aligned):
    def normalise(x):
        return x * x.square().sum(1, keepdim=True).clamp(min=1e-12).rsqrt() if aligned else F.normalize(x)

    return {"x": normalise(x), "small x": normalise(small)}


@probe
def local_response_norm(x, aligned):
    x = x.permute(0, 3, 1, 2)
    y = F.local_response_norm(x, 11, alpha=11.0, beta=0.5) if aligned else F.local_response_norm(x, 11)
    return {"y": y.permute(0, 2, 3, 1)}
