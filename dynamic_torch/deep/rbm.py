"""A restricted Boltzmann machine: visible units that show the data, hidden ones that say what goes with what.

    p(v, h) = exp(v a + h b + v w h) / Z         h = p(h = 1 | x) = sigmoid(x w + b)
    F(v) = - log of the sum over h of exp(v a + h b + v w h) = - v a - sum over hidden units of log(1 + exp(v w + b))
    loss = mean F(x) - mean F(v),  v where a chain has come to, held: its gradient by w is <v h>_model - <v h>_data

Descent makes the data likelier and what the model says by itself less so, until they are the same. What it says by
itself is sampled: visible units given hidden ones and hidden ones given visible, in turn; T times, from the data
(contrastive divergence: Hinton 2002) or from where the last step left the chain (persistent: Tieleman 2008).

Twin: static_tf/deep/rbm.py
"""

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class RBM(Model):
    def __init__(self, config):
        super().__init__(config)
        self.w = nn.Parameter(torch.empty(config.visible, config.hidden))
        self.a = nn.Parameter(torch.empty(config.visible))
        self.b = nn.Parameter(torch.empty(config.hidden))
        if config.persistent:
            self.register_buffer("chains", torch.empty(config.batch, config.visible))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what makes units random
    # The batch itself, as it is

    # 2 How X connects to how likely it is, which its free energy says
    def forward(self, x):  # a function, run at every step
        # TWIN: the loss does not need this one, so a training step of the graph leaves it out; eager code runs it
        self.tap("h", self.hidden(x))  # (N, H)
        return self.tap("f_x", self.free_energy(x))  # (N,)

    def free_energy(self, v):
        # TWIN: log(1 + exp z) is not softplus(z), which in PyTorch becomes a line from 20 on
        return torch.sum(F.logsigmoid(-(v @ self.w + self.b)), 1) - torch.sum(v * self.a, 1)

    def hidden(self, v):
        """The probability of each hidden unit, given the visible ones."""
        return torch.sigmoid(v @ self.w + self.b)

    def visible(self, h):
        """The probability of each visible unit, given the hidden ones."""
        return torch.sigmoid(h @ self.w.T + self.a)

    def chain(self, v, u_h, u_v):
        """T times to the hidden units and back. The last visible units may be their probabilities: less noise."""
        for t in range(self.config.steps):
            p_h = self.tap(f"p_h{t + 1}", self.hidden(v))  # (N, H)
            h = self.tap(f"h{t + 1}", self.sample(p_h, u_h[:, t]))  # (N, H)
            p_v = self.tap(f"p_v{t + 1}", self.visible(h))  # (N, V)
            v = self.tap(f"v{t + 1}", self.sample(p_v, u_v[:, t]))  # (N, V)
        return p_v if self.config.means else v

    def sample(self, p, u):
        """1 with probability p, else 0. Where p and u are a rounding apart, float32 and float64 may well disagree: once
        in ten million times, and then by a whole unit."""
        return (u < p).to(p.dtype)

    # 3 What it costs to be wrong: what the data cost more than the model's own; and nothing for being complicated
    def loss(self, f_x, x, u_h, u_v):
        rows = len(x)
        persistent = self.config.persistent
        v = self.chains[:rows].clone() if persistent else x  # a row of the batch moves a chain
        v = self.chain(v, u_h, u_v).detach()  # where it has come to is a fact, and no function of w
        if persistent and self.training:
            # TWIN: done here, in passing
            self.chains[:rows] = v
        f_v = self.tap("f_v", self.free_energy(v))  # (N,)
        return torch.mean(f_x) - torch.mean(f_v)

    # 4 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
