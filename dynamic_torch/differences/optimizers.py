"""Optimizers: the known differences, each as a few lines of eager PyTorch.

Twin: static_tf/differences/optimizers.py
"""

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import minimize
from torch import nn

from dynamic_torch.differences.probe import probe, slope


def descend(make, w, gradients, rates):
    """`w` after one step of the optimizer down each of the gradients, at its rate."""
    w = nn.Parameter(w.detach().clone())
    optimizer = make([w], lr=rates[0].item())
    for g, rate in zip(gradients, rates):
        optimizer.param_groups[0]["lr"] = rate.item()
        w.grad = g.detach()
        optimizer.step()
    return w


@probe
def rmsprop(w, gradients, rates, aligned):
    if not aligned:
        return {"w": descend(torch.optim.RMSprop, w, gradients, rates)}
    ms = torch.ones_like(w)
    for g, rate in zip(gradients, rates):
        ms = 0.9 * ms + 0.1 * g.square()
        w = w - rate * g / (ms + 1e-10).sqrt()
    return {"w": w}


def rmsprop_from_one(w, **options):
    """PyTorch's RMSprop with TF1's decay, and with its mean square, which starts at one."""
    optimizer = torch.optim.RMSprop(w, alpha=0.9, **options)
    zeros, ones = torch.zeros_like(w[0]), torch.ones_like(w[0])
    optimizer.state[w[0]] = {
        "step": torch.zeros(()),
        "square_avg": ones,
        "momentum_buffer": zeros,
        "grad_avg": zeros.clone(),
    }
    return optimizer


@probe
def rmsprop_momentum(w, gradients, rates, aligned):
    def momentum(w, lr):
        return rmsprop_from_one(w, lr=lr, momentum=0.9, eps=0)

    def centred(w, lr):
        return rmsprop_from_one(w, lr=lr, centered=True, eps=1e-3)

    if not aligned:
        return {
            "momentum": descend(momentum, w, gradients, rates),
            "centred": descend(centred, w, gradients, rates),
        }
    moved, centre, ms, mg, velocity = w, w, torch.ones_like(w), torch.zeros_like(w), torch.zeros_like(w)
    for g, rate in zip(gradients, rates):
        ms, mg = 0.9 * ms + 0.1 * g.square(), 0.9 * mg + 0.1 * g
        velocity = 0.9 * velocity + rate * g / ms.sqrt()
        moved = moved - velocity
        centre = centre - rate * g / (ms - mg.square() + 1e-3).sqrt()
    return {"momentum": moved, "centred": centre}


@probe
def rmsprop_slot(w, gradients, rates, aligned):
    def make(w, lr):
        return rmsprop_from_one(w, lr=lr, eps=0) if aligned else torch.optim.RMSprop(w, lr, alpha=0.9, eps=0)

    return {"w": descend(make, w, gradients, rates)}


@probe
def adagrad_accumulator(w, gradients, rates, aligned):
    def make(w, lr):
        if aligned:
            return torch.optim.Adagrad(w, lr, initial_accumulator_value=0.1, eps=0)
        return torch.optim.Adagrad(w, lr)

    return {"w": descend(make, w, gradients, rates)}


@probe
def adadelta_defaults(w, gradients, rates, aligned):
    def make(w, lr):
        return torch.optim.Adadelta(w, lr, rho=0.95, eps=1e-8) if aligned else torch.optim.Adadelta(w)

    return {"w": descend(make, w, gradients, 0.001 * rates if aligned else rates)}


@probe
def adam_epsilon(w, gradients, rates, aligned):
    def adam(gradients):
        if not aligned:
            return descend(torch.optim.Adam, w, gradients, rates)
        moved, m, v = w, torch.zeros_like(w), torch.zeros_like(w)
        for t, (g, rate) in enumerate(zip(gradients, rates), 1):
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g.square()
            moved = moved - rate * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t) * m / (v.sqrt() + 1e-8)
        return moved

    return {"w": adam(gradients), "w, small gradients": adam(1e-6 * gradients)}


@probe
def momentum_rate(w, gradients, rates, aligned):
    def make(w, lr, dampening=0.0):
        return torch.optim.SGD(w, lr, momentum=0.9, dampening=dampening)

    def dampened(w, lr):
        optimizer = make(w, lr, 0.5)
        if aligned:
            optimizer.state[w[0]]["momentum_buffer"] = torch.zeros_like(w[0])
        return optimizer

    keras, velocity = w, torch.zeros_like(w)
    for g, rate in zip(gradients, rates):
        velocity = 0.9 * velocity - rate * g
        keras = keras + velocity
    return {
        "TF1": descend(make, w, gradients, rates),
        "Keras, Caffe": keras if aligned else descend(make, w, gradients, rates),
        "dampening": descend(dampened, w, gradients, rates),
    }


@probe
def nesterov(w, gradients, rates):
    def make(w, lr):
        return torch.optim.SGD(w, lr, momentum=0.9, nesterov=True)

    return {"w": descend(make, w, gradients, rates)}


@probe
def float32_hyperparameters(w, gradients):
    def make(w, lr):
        return torch.optim.SGD(w, lr=0.1, momentum=0.9)

    return {"w": descend(make, w, gradients, torch.full((len(gradients),), 0.1, dtype=w.dtype))}


@probe
def sparse_gradients(w, words, errors, rates):
    gradients = [slope(F.embedding(row, w) * error, w) for row, error in zip(words, errors)]

    def momentum(w, lr):
        return torch.optim.SGD(w, lr, momentum=0.9)

    def rmsprop(w, lr):
        return rmsprop_from_one(w, lr=lr, eps=0)

    def adam(w, lr):
        return torch.optim.Adam(w, lr, eps=0)

    return {
        "momentum": descend(momentum, w, gradients, rates),
        "RMSProp": descend(rmsprop, w, gradients, rates),
        "Adam": descend(adam, w, gradients, rates),
    }


@probe
def weight_decay(w, gradients, rates, aligned):
    def descent(weight_decay):
        return lambda w, lr: torch.optim.SGD(w, lr, weight_decay=weight_decay)

    def adam(w, lr):
        return (torch.optim.Adam if aligned else torch.optim.AdamW)(w, lr, eps=0, weight_decay=0.1)

    return {
        "l2_loss": descend(descent(0.1), w, gradients, rates),
        "Keras l2": descend(descent(0.2 if aligned else 0.1), w, gradients, rates),
        "a bias": descend(descent(0 if aligned else 0.1), w, gradients, rates),
        "Adam": descend(adam, w, gradients, rates),
    }


@probe
def quasi_newton(w, aligned):
    def evaluate(w):
        loss = w.sub(1).cosh().log().sum() + 0.1 * w.diff().square().sum()
        return loss, slope(loss, w)

    if aligned:

        def on_host(value):
            loss, gradient = evaluate(torch.tensor(value, requires_grad=True))
            return loss.item(), gradient.numpy()

        return {"w": minimize(on_host, w.detach().numpy(), jac=True, method="BFGS", options={"maxiter": 4}).x}
    w = nn.Parameter(w.detach().clone())

    def closure():
        loss, w.grad = evaluate(w)
        return loss

    torch.optim.LBFGS([w], max_iter=4).step(closure)
    return {"w": w}


@probe
def gradient_clip(w, gradients, rates, aligned):
    parameters, clipped = [nn.Parameter(w.detach().clone()) for _ in gradients], gradients.detach().clone()
    for parameter, g in zip(parameters, clipped):
        parameter.grad = g  # a row of `clipped`, to be changed in place
    if aligned:
        clipped *= 0.5 / clipped.norm().clamp(min=0.5)
    else:
        nn.utils.clip_grad_norm_(parameters, 0.5)
    optimizer = torch.optim.SGD([w], rates[0].item())
    smooth, stairs = torch.optim.lr_scheduler.LambdaLR, torch.optim.lr_scheduler.StepLR
    scheduler = smooth(optimizer, lambda step: 0.9 ** (step / 3)) if aligned else stairs(optimizer, 3, gamma=0.9)
    decayed = []
    for _ in range(6):
        decayed.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return {"clipped": clipped, "rates": np.array(decayed)}
