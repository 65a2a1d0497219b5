"""A restricted Boltzmann machine: visible units for the data, hidden units for the dependencies between them.

    p(v, h) = exp(v a + h b + v w h) / Z         h = p(h = 1 | x) = sigmoid(x w + b)
    F(v) = - log of the sum over h of exp(v a + h b + v w h) = - v a - sum over hidden units of log(1 + exp(v w + b))
    loss = mean F(x) - mean F(v),  v a sample of the model, held constant: d loss / dw = <v h>_model - <v h>_data

Gradient descent makes the data more likely and the samples of the model less so, until both have the same distribution.
A sample is the end of a Markov chain that draws the hidden units given the visible ones, and the visible units given
the hidden ones, T times: from the data (contrastive divergence: Hinton 2002), or from where the chain stopped at the
last step (persistent: Tieleman 2008).

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
    # x: images (N, V); u_h, u_v: uniform numbers for each step of the chain (N, T, H), (N, T, V)
    # The batch itself, as it is

    # 2 How X connects to its free energy: - log p(x), up to a constant
    def forward(self, x):  # a function, run at every step
        # TWIN: the loss does not depend on h: a training step of the graph skips it, eager code runs it
        self.tap("h", self.hidden(x))  # (N, H)
        return self.tap("f_x", self.free_energy(x))  # (N,)

    def free_energy(self, v):
        # TWIN: log(1 + exp z) is not written as softplus(z), which in PyTorch is linear above 20
        z = v @ self.w + self.b  # (N, H)
        return torch.sum(F.logsigmoid(-z), 1) - torch.sum(v * self.a, 1)

    def hidden(self, v):
        """The probability of each hidden unit, given the visible ones."""
        return torch.sigmoid(v @ self.w + self.b)

    def visible(self, h):
        """The probability of each visible unit, given the hidden ones."""
        return torch.sigmoid(h @ self.w.T + self.a)

    def chain(self, v, u_h, u_v):
        """T times to the hidden units and back. It may end with the probabilities of the visible units: less noise."""
        for t in range(self.config.steps):
            p_h = self.tap(f"p_h{t + 1}", self.hidden(v))  # (N, H)
            h = self.tap(f"h{t + 1}", self.sample(p_h, u_h[:, t]))  # (N, H)
            p_v = self.tap(f"p_v{t + 1}", self.visible(h))  # (N, V)
            v = self.tap(f"v{t + 1}", self.sample(p_v, u_v[:, t]))  # (N, V)
        return p_v if self.config.means else v

    def sample(self, p, u):
        """1 with probability p, else 0. Where p and u differ by rounding only, float32 and float64 may disagree by a
        whole unit: about once in ten million draws."""
        return (u < p).to(p.dtype)

    # 3 What it costs to be wrong: the free energy of the data above that of samples of the model
    def loss(self, f_x, x, u_h, u_v):
        rows = len(x)
        persistent = self.config.persistent
        v = self.chains[:rows].clone() if persistent else x  # one chain for each row of the batch
        v = self.chain(v, u_h, u_v).detach()  # the sample is a constant: no gradient through the chain
        if persistent and self.training:
            # TWIN: no output depends on this assignment: a graph collects it for the training step, eager code runs it
            self.chains[:rows] = v
        f_v = self.tap("f_v", self.free_energy(v))  # (N,)
        return torch.mean(f_x) - torch.mean(f_v)

    # 4 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
