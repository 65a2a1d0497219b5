"""Randomness, precision, execution: the known differences, each as a few lines of eager PyTorch.

Twin: static_tf/differences/execution.py
"""

import torch
import torch.nn.functional as F
from torch import nn

from dynamic_torch.differences.probe import probe, refused


@probe
def dropout(x, uniform, aligned):
    torch.manual_seed(1)
    ones, rate = torch.ones_like(x), 0.2
    masked = x * (uniform >= rate) / (1 - rate) if aligned else F.dropout(x, rate)
    return {
        "dropped": masked,
        "scale": F.dropout(ones, rate).max(),
        "scale, keep_prob": F.dropout(ones, 1 - rate if aligned else rate).max(),
    }


@probe
def initialisers(uniform, aligned):
    torch.manual_seed(1)
    layer = nn.Linear(len(uniform), uniform.shape[1], dtype=uniform.dtype)
    w, bias, cut = layer.weight.detach(), layer.bias, nn.init.trunc_normal_(torch.empty_like(uniform), std=0.5)
    if aligned:
        low, high = torch.erf(torch.tensor([-2.0, 2.0]).double() / 2**0.5) / 2 + 0.5
        w = (2 * uniform - 1) * (6 / sum(uniform.shape)) ** 0.5
        cut = 0.5 * torch.special.ndtri(low + uniform * (high - low))
        nn.init.zeros_(bias)
    return {
        "dense weights": w.std(correction=0),
        "dense bias": bias.std(correction=0),
        "truncated normal": cut.std(correction=0),
    }


@probe
def reduced_precision(a, b, aligned):
    allowed = torch.backends.cudnn.allow_tf32
    if aligned:
        torch.backends.cudnn.allow_tf32 = False
    matrix, convolution = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = allowed
    return {
        "TF32 in matrix products": int(matrix),
        "TF32 in convolutions": int(convolution),
        "float64 matrix product": a @ b,
    }


@probe
def subnormal(x, shrink, grow, aligned):
    torch.set_flush_denormal(aligned)
    y = torch.abs(x * shrink) * grow
    torch.set_flush_denormal(False)
    return {"x, shrunk and grown": y}


@probe
def gather_out_of_range(x, aligned):
    def pick(index):
        return x.index_select(0, torch.tensor([index])) if aligned else x[[index]]

    w = x.detach().clone()
    fetched = w.numpy().copy() if aligned else w.numpy()
    fetched += 1
    return {
        "an index past the end is refused": refused(lambda: pick(len(x))),
        "a negative index is refused": refused(lambda: pick(-1)),
        "after writing into what was fetched": w,
    }


@probe
def control_flow(x, w, unused, aligned):
    ran = []

    def branch(name, value):
        ran.append(name)
        return value

    if aligned:
        y = torch.where(x.sum() > 0, branch("positive", x @ w), branch("negative", -x @ w))
    else:
        y = branch("positive", x @ w) if x.sum() > 0 else branch("negative", -x @ w)
    (missing,) = torch.autograd.grad(y.sum(), unused, allow_unused=True, materialize_grads=aligned, retain_graph=True)
    layer = nn.Linear(len(w), w.shape[1], bias=False, dtype=w.dtype)
    for _ in range(2):
        layer(x)
    return {
        "y": y,
        "branches traced": len(ran),
        "gradient of what is not used": torch.tensor(torch.nan) if missing is None else missing,
        "variables after two calls": len(list(layer.parameters())),
    }
