"""A capsule net: a capsule is a vector; its length says whether an entity is present, its direction describes it.

    v = |s|^2 / (1 + |s|^2)  s / |s|                                  squash: the direction of s, a length < 1  (eq. 1)
    s_j = sum over i of c_ij u^_j|i,   u^_j|i = u_i w_ij              total input of capsule j                  (eq. 2)
    c_ij = softmax over j of b_ij,     b_ij = 0 at first              coupling coefficients                     (eq. 3)
    b_ij = b_ij + u^_j|i . v_j                                        stronger where prediction and output agree
    margin loss = sum over j of  T_j max(0, m+ - |v_j|)^2 + lambda (1 - T_j) max(0, |v_j| - m-)^2               (eq. 4)
    loss = mean (margin loss + weight |x - decoder(v_y)|^2)           T_j = 1 for j = y, else 0

Sabour, Frosst & Hinton 2017, with Procedure 1 for the routing. The paper does not say how gradients pass through the
routing. Here they pass through all iterations, because the routing is part of the function whose loss is minimised;
stopped in all but the last iteration, as in some ports, they would not be the gradient of any function.

Twin: static_tf/convolutional/capsule_net.py
"""

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class CapsuleNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    images = "n h w c -> n c h w"
    layouts = {"kernel1": "h w i o -> o i h w", "kernel2": "h w i o -> o i h w"}

    def __init__(self, config):
        super().__init__(config)
        c, size = config, config.types * config.primary
        self.kernel1 = nn.Parameter(torch.empty(c.channels, 1, c.kernel, c.kernel))
        self.bias1 = nn.Parameter(torch.empty(c.channels))
        self.kernel2 = nn.Parameter(torch.empty(size, c.channels, c.capsule_kernel, c.capsule_kernel))
        self.bias2 = nn.Parameter(torch.empty(size))
        self.w = nn.Parameter(torch.empty(c.capsules, 10, c.primary, c.digit))
        self.w1 = nn.Parameter(torch.empty(10 * c.digit, c.hidden1))
        self.b1 = nn.Parameter(torch.empty(c.hidden1))
        self.w2 = nn.Parameter(torch.empty(c.hidden1, c.hidden2))
        self.b2 = nn.Parameter(torch.empty(c.hidden2))
        self.w3 = nn.Parameter(torch.empty(c.hidden2, c.side * c.side))
        self.b3 = nn.Parameter(torch.empty(c.side * c.side))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: images (N, 8, 8, 1); y: the digits that they show (N,)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        h = F.conv2d(rearrange(x, self.images), self.kernel1, self.bias1, padding="valid")
        h = self.tap("h", F.relu(h), self.images)  # (N, C, 6, 6)
        u = F.conv2d(h, self.kernel2, self.bias2, stride=2, padding="valid")  # (N, types K, 2, 2)
        u = rearrange(u, "n (t k) h w -> n (h w t) k", k=self.config.primary)  # TWIN: in the order of NHWC, as w is
        u = self.tap("u", self.squash(u))  # (N, I, K)
        u_hat = self.tap("u_hat", torch.einsum("nik,ijkd->njid", u, self.w))  # (N, 10, I, D)
        return self.tap("v", self.route(u_hat))  # (N, 10, D)

    def length(self, s):
        """|s| along the last axis, which is kept."""
        # TWIN: at 0 the gradient of tf.norm is NaN and that of torch.norm is 0; with epsilon under the root both are 0
        return torch.sqrt(torch.square(s).sum(-1, keepdim=True) + self.config.epsilon)

    def squash(self, s):
        length = self.length(s)
        return length / (1 + torch.square(length)) * s

    def route(self, u_hat):
        """Routing by agreement.

        TWIN: the loop runs while the graph is built, so every iteration is a copy; in eager code it runs at every step.

        Procedure 1 also updates b after the last iteration, where it has no effect.
        """
        b = torch.zeros_like(u_hat[..., 0])  # (N, 10, I)
        v = self.iteration(1, b, u_hat)  # (N, 10, D)
        for i in range(2, self.config.iterations + 1):
            b = b + torch.einsum("njid,njd->nji", u_hat, v)
            v = self.iteration(i, b, u_hat)
        return v

    def iteration(self, i, b, u_hat):
        """Coupling coefficients, total inputs, outputs."""
        c = self.tap(f"c{i}", F.softmax(b, dim=1))  # (N, 10, I), with a sum of 1 over j
        s = self.tap(f"s{i}", torch.einsum("nji,njid->njd", c, u_hat))  # (N, 10, D)
        return self.squash(s)

    # 3 What it costs to be wrong: about the digit, and about the image
    def loss(self, v, x, y):
        t = F.one_hot(y, 10).to(v.dtype)  # (N, 10); TWIN: of integers, and of the type that is asked for there
        error = torch.square(x - self.reconstruction(v, t)).sum((1, 2, 3))
        return torch.mean(self.margin_loss(v, t) + self.config.reconstruction * error)

    def margin_loss(self, v, t):
        """0 where the capsule of the digit is longer than m+ and all others are shorter than m-."""
        c = self.config
        lengths = self.tap("lengths", self.length(v)[..., 0])  # (N, 10)
        too_short = t * torch.square(F.relu(c.present - lengths))
        too_long = (1 - t) * torch.square(F.relu(lengths - c.absent))
        return (too_short + c.absent_weight * too_long).sum(1)  # (N,)

    def reconstruction(self, v, t):
        """The image, decoded from the capsule of its digit: all others are set to 0."""
        masked = (v * t[..., None]).flatten(1)  # (N, 10 D)
        h1 = self.tap("h1", F.relu(masked @ self.w1 + self.b1))  # (N, H1)
        h2 = self.tap("h2", F.relu(h1 @ self.w2 + self.b2))  # (N, H2)
        pixels = torch.sigmoid(h2 @ self.w3 + self.b3)  # (N, 64)
        return self.tap("reconstruction", pixels.reshape(-1, self.config.side, self.config.side, 1))

    # 4 What it costs to be complicated: nothing, because the reconstruction regularises
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
