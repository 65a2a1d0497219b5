"""A deep net: K fully connected layers, with a choice of activation and of regularisation.

    z_i = h_{i-1} w_i + b_i,   h_i = f(z_i) mask_i        h_0: the pixels; the last layer has no f: logits = z_K
    f: sigmoid, tanh, a kind of ReLU, or maxout           (see parts/activations.py)
    loss = - mean log softmax(logits)[y] + l1 |w|_1 + l2/2 |w|^2 + sparseness KL(rate || activity)

Dropout: Srivastava et al. 2014. Sparseness: the divergence is summed over the hidden sigmoid units; the activity of a
unit is its mean over the batch (Ng 2011). Batch norm normalises h_{i-1} w_i, and its beta takes the place of b_i
(Ioffe & Szegedy 2015).

Twin: static_tf/deep/deep_net.py
"""

from math import log

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts import activations
from dynamic_torch.parts.normalization import BatchNorm


class DeepNet(Model):
    def __init__(self, config):
        super().__init__(config)
        for name, shape in config.shapes().items():  # w1, b1, a1 where slopes are learned, w2, ...
            setattr(self, name, nn.Parameter(torch.empty(shape)))
        for i in range(1, config.depth) if config.batch_norm else ():
            columns = config.shapes()[f"w{i}"][1]
            setattr(self, f"norm{i}", BatchNorm(columns, config.decay, config.epsilon))
        self.activation = activations.build(config)
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out; of noise, what the configuration asks for
    # x: images (N, H, W, 1); y: digits (N,); dropout_mask, slope: for every hidden unit (N, K - 1, H)
    def inputs(self, batch):  # the batch itself
        return {
            "x": batch["x"],
            "y": batch["y"],
            "dropout_mask": batch.get("dropout_mask"),
            "slope": batch.get("slope"),
        }

    # 2 How X connects to Y
    def forward(self, x, dropout_mask, slope):  # a function, run at every step
        h = x.flatten(1)  # (N, D)
        self.zs = []
        for i in range(1, self.config.depth):
            z = self.tap(f"z{i}", self.layer(i, h))  # (N, H), or (N, H k) of maxout
            h = self.activation(z, self.slope(i, slope))  # (N, H)
            if self.config.dropout:
                h = h * dropout_mask[:, i - 1]
            h = self.tap(f"h{i}", h)
            self.zs.append(z)
        return self.tap("logits", self.layer(self.config.depth, h))  # (N, 10)

    def layer(self, i, h):
        """h w + b, or batch norm of h w, whose beta takes the place of b."""
        z = h @ getattr(self, f"w{i}")
        if self.config.batch_norm and i < self.config.depth:
            return getattr(self, f"norm{i}")(z)
        return z + getattr(self, f"b{i}")

    def slope(self, i, drawn):
        """Slopes below zero of the hidden layer i, where they are drawn or learned."""
        return getattr(self, f"a{i}", None) if drawn is None else drawn[:, i - 1]

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return F.cross_entropy(logits, y)

    # 4 What it costs to be complicated: large weights, or units that are active too often or too seldom
    def regularizer(self):
        config, cost = self.config, 0.0
        ws = [getattr(self, f"w{i}") for i in range(1, config.depth + 1)]
        if config.l1:
            cost += config.l1 * sum(torch.sum(torch.abs(w)) for w in ws)
        if config.l2:
            # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
            cost += config.l2 / 2 * sum(w.square().sum() for w in ws)
        if config.sparseness:
            cost += config.sparseness * sum(self.divergence(z) for z in self.zs)
        return cost

    def divergence(self, z):
        """KL divergence of the wanted rate from each unit's mean activity, computed from logarithms: the activity of a
        unit may be rounded to 0 or 1 in every row, and log 0 is infinite."""
        rate, rows = self.config.rate, len(z)
        on = torch.logsumexp(F.logsigmoid(z), dim=0) - log(rows)  # (H,) log mean h
        off = torch.logsumexp(F.logsigmoid(-z), dim=0) - log(rows)  # (H,) log mean (1 - h)
        return torch.sum(rate * (log(rate) - on) + (1 - rate) * (log(1 - rate) - off))

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
