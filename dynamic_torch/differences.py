"""The known differences between the frameworks, each as a few lines of eager PyTorch: what PyTorch computes by default,
and, where this side is the one to change, how it is written to compute what TF1 does.

A probe takes arrays by name, as tensors, and returns named outputs. `aligned` is a parameter of the side that is
written differently to make both equal. The table is shared/differences.py.

Twin: static_tf/differences.py
"""

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import minimize
from torch import nn

from shared.differences import Probe, call

PROBES: dict[str, Probe] = {}


def probe(function):
    """Enter a function in the table of this side, under its own name."""
    PROBES[function.__name__] = function
    return function


def run(name: str, inputs: dict[str, np.ndarray], aligned: bool = False) -> dict[str, np.ndarray]:
    """The outputs of one probe, by name; random numbers drawn meanwhile are not missed by anyone."""
    with torch.random.fork_rng(devices=[]):
        tensors = {key: torch.tensor(value, requires_grad=value.dtype.kind == "f") for key, value in inputs.items()}
        outputs = call(PROBES[name], tensors, aligned)
        return {key: torch.as_tensor(value).detach().numpy() for key, value in outputs.items()}


def descend(make, w, gradients, rates):
    """`w` after one step of the optimizer down each of the gradients, at its rate."""
    w = nn.Parameter(w.detach().clone())
    optimizer = make([w], lr=rates[0].item())
    for g, rate in zip(gradients, rates):
        optimizer.param_groups[0]["lr"] = rate.item()
        w.grad = g.detach()
        optimizer.step()
    return w


def slope(y, x):
    """The gradient of the sum of y with respect to x."""
    return torch.autograd.grad(y.sum(), x)[0]


def refused(function):
    """Whether computing it is an error, as 1 or 0."""
    try:
        function()
    except IndexError:
        return 1.0
    return 0.0


# Optimizers


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


# Normalisation


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


# Convolution, pooling, resizing, layout


@probe
def same_padding(x, kernel, aligned):
    x, kernel = x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1)
    stride_2 = F.conv2d(F.pad(x, (0, 1, 0, 1)), kernel, stride=2) if aligned else F.conv2d(x, kernel, None, 2, 1)
    return {
        "stride 1": F.conv2d(x, kernel, padding="same").permute(0, 2, 3, 1),
        "stride 2": stride_2.permute(0, 2, 3, 1),
        "dilation 2": F.conv2d(x, kernel, padding="same", dilation=2).permute(0, 2, 3, 1),
    }


@probe
def transposed_convolution(x, kernel, aligned):
    x, kernel = x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1)
    if aligned:
        y = F.conv_transpose2d(x, kernel, stride=2)[:, :, :-1, :-1]
    else:
        y = F.conv_transpose2d(x, kernel, stride=2, padding=1, output_padding=1)
    return {"y": y.permute(0, 2, 3, 1)}


@probe
def average_pool_padding(x, aligned):
    x = x.permute(0, 3, 1, 2)
    if aligned:
        inside = F.avg_pool2d(F.pad(torch.ones_like(x), (0, 1, 0, 1)), 3, 2)
        stride_2 = F.avg_pool2d(F.pad(x, (0, 1, 0, 1)), 3, 2) / inside
        largest = F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-torch.inf), 3, 2)
    else:
        stride_2, largest = F.avg_pool2d(x, 3, 2, 1), F.max_pool2d(x, 3, 2, 1)
    return {
        "average, stride 1": F.avg_pool2d(x, 3, 1, 1, count_include_pad=not aligned).permute(0, 2, 3, 1),
        "average, stride 2": stride_2.permute(0, 2, 3, 1),
        "largest, stride 2": largest.permute(0, 2, 3, 1),
    }


@probe
def layouts(x, kernel, w, square, aligned):
    image = x.permute(0, 3, 1, 2)
    height, width, channels, _ = kernel.shape
    if aligned:
        conv, transposed = kernel.permute(3, 2, 0, 1), kernel.permute(3, 2, 0, 1)
        depthwise = kernel.permute(2, 3, 0, 1).reshape(-1, 1, height, width)
        square, flat = square.T, x.flatten(1)
    else:
        conv, transposed = kernel.permute(2, 3, 0, 1), kernel.permute(2, 3, 0, 1)
        depthwise = kernel.permute(3, 2, 0, 1).reshape(-1, 1, height, width)
        flat = image.flatten(1)
    return {
        "convolution": F.conv2d(image, conv).permute(0, 2, 3, 1),
        "transposed convolution": F.conv_transpose2d(image, transposed).permute(0, 2, 3, 1),
        "depthwise convolution": F.conv2d(image, depthwise, groups=channels).permute(0, 2, 3, 1),
        "dense": F.linear(x, square),
        "dense after flattening": flat @ w,
    }


def bicubic_twice(x, axis):
    """Twice the pixels along an axis by the cubic of Keys (1981), a = -1/2, where no neighbour is missing."""
    t = torch.tensor([1.25, 0.25, 0.75, 1.75], dtype=x.dtype)  # from the right half of a pixel to its neighbours
    weights = torch.where(t < 1, 1.5 * t**3 - 2.5 * t**2 + 1, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2)
    neighbours = x.unfold(axis, 4, 1)
    return torch.stack([neighbours @ weights, neighbours @ weights.flip(0)], axis + 1).flatten(axis, axis + 1)


@probe
def resize_bilinear(x, aligned):
    x = x.permute(0, 3, 1, 2)
    n, m = 2 * x.shape[2], 2 * x.shape[2] - 1
    bicubic = (
        bicubic_twice(bicubic_twice(x, 2), 3) if aligned else F.interpolate(x, (n, n), mode="bicubic")[:, :, 3:-3, 3:-3]
    )
    return {
        "twice the size": F.interpolate(x, (n, n), mode="bilinear").permute(0, 2, 3, 1),
        "corners aligned": F.interpolate(x, (m, m), mode="bilinear", align_corners=True).permute(0, 2, 3, 1),
        "bicubic, inside": bicubic.permute(0, 2, 3, 1),
    }


@probe
def resize_nearest(x, aligned):
    x = x.permute(0, 3, 1, 2)
    n, channels, height, width = x.shape
    if aligned:
        by_channel = x.reshape(n, 4, channels // 4, height, width).transpose(1, 2).flatten(1, 2)
        rows = torch.cat([x[:, :, :2].flip(2), x, x[:, :, -2:].flip(2)], 2)
        padded = torch.cat([rows[..., :2].flip(3), rows, rows[..., -2:].flip(3)], 3)
    else:
        by_channel, padded = x, F.pad(x, (2, 2, 2, 2), mode="reflect")
    half_pixel = F.interpolate(x, (5, 5), mode="nearest-exact" if aligned else "nearest")
    return {
        "nearest": F.interpolate(x, (5, 5), mode="nearest").permute(0, 2, 3, 1),
        "half pixel": half_pixel.permute(0, 2, 3, 1),
        "depth to space": F.pixel_shuffle(by_channel, 2).permute(0, 2, 3, 1),
        "symmetric padding": padded.permute(0, 2, 3, 1),
    }


# Recurrent nets, attention, sequences


def fill(layer, kernel, recurrent_kernel, bias):
    """Give a recurrent layer its weights, in the order of its gates, and a second bias of zeros."""
    values = (kernel.T, recurrent_kernel.T, bias, torch.zeros_like(bias))
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), values):
            parameter.copy_(value)
    return layer


@probe
def lstm_gates(x, kernel, bias, aligned):
    inputs, hidden = x.shape[2], len(bias) // 4
    if aligned:
        (i, j, f, o), (b_i, b_j, b_f, b_o) = kernel.chunk(4, 1), bias.chunk(4)
        kernel, bias = torch.cat([i, f, j, o], 1), torch.cat([b_i, b_f + 1, b_j, b_o])
    lstm = nn.LSTM(inputs, hidden, batch_first=True, dtype=x.dtype)
    h, (_, c) = fill(lstm, kernel[:inputs], kernel[inputs:], bias)(x)
    return {"h": h, "c": c[0]}


@probe
def gru_reset(x, kernel, recurrent_kernel, bias, aligned):
    gru = nn.GRU(x.shape[2], len(bias) // 3, batch_first=True, dtype=x.dtype)
    layer, _ = fill(gru, kernel, recurrent_kernel, bias)(x)
    h, gates = x.new_zeros(len(x), gru.hidden_size), 2 * gru.hidden_size
    outputs = []
    for x_t in x.unbind(1):
        x_r, x_u, x_c = (x_t @ kernel + bias).chunk(3, 1)
        h_r, h_u = (h @ recurrent_kernel[:, :gates]).chunk(2, 1)
        r, u = torch.sigmoid(x_r + h_r), torch.sigmoid(x_u + h_u)
        c = torch.tanh(x_c + (r * h) @ recurrent_kernel[:, gates:])
        h = u * h + (1 - u) * c
        outputs.append(h)
    return {"the library's layer": layer, "written out": torch.stack(outputs, 1) if aligned else layer}


@probe
def sequence_lengths(x, lengths, w, u, aligned):
    zeros = w.new_zeros(w.shape[1])
    rnn = fill(nn.RNN(*w.shape, batch_first=True, dtype=x.dtype), w, u, zeros)
    layer = fill(nn.RNN(*w.shape, batch_first=aligned, dtype=x.dtype), w, u, zeros)
    if aligned:
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        outputs, state = rnn(packed)
        outputs, _ = nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True, total_length=x.shape[1])
    else:
        outputs, state = rnn(x)
    return {"outputs": outputs, "state": state[0], "batch first": layer(x)[0]}


@probe
def ctc(logits, labels, lengths, aligned):
    blank = logits.shape[2] - 1 if aligned else 0

    log_probs, targets = logits.log_softmax(2), (labels >= 0).sum(1)
    loss = F.ctc_loss(log_probs, labels, lengths, targets, blank, reduction="none")
    short = lengths.clamp(max=2)
    return {
        "losses": loss,
        "gradients": slope(loss, logits),
        "mean": loss.mean() if aligned else F.ctc_loss(log_probs, labels, lengths, targets),
        "too short": F.ctc_loss(log_probs, labels, short, targets, blank, "none", zero_infinity=aligned),
    }


@probe
def attention_mask(scores, keep, aligned):
    def attention(mask):
        masked = scores - 1e9 * (1 - mask) if aligned else scores.masked_fill(mask == 0, -torch.inf)
        return masked.softmax(-1)

    return {"a masked word": attention(keep), "a masked sentence": attention(0 * keep)}


@probe
def stft(x, aligned):
    window = torch.hann_window(16, dtype=x.dtype)
    frames = torch.stft(x, 16, 8, window=window, center=not aligned, return_complex=True).T
    return {
        "first frame": frames[0],
        "number of frames": len(frames),
        "window": window,
    }


# Losses, activations, gradients at corners


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


# Randomness, precision, execution


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
