"""A convolutional net along a series, and, for comparison, two layers of a perceptron or no hidden layer at all.

    z_i[t] = bias_i + sum_k h_{i-1}[2 t + k - 1] kernel_i[k],  h_i = ReLU(z_i)     three convolutions; 0 beyond the ends
    h1 = ReLU(x w1 + b1),  h2 = h1 + ReLU(h1 w2 + b2)                              or two layers, the second residual
    logits = h w + b,  loss = - mean log softmax(logits)[y]                        h: the units of all positions, or x

The architectures of Greydanus 2020, "Scaling down deep learning", for MNIST-1D. The three have the last layer and the
loss in common; only the convolutions know which positions are neighbours.

Twin: static_tf/convolutional/sequence_conv_net.py
"""

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class Convolutions(nn.Module):
    """Three convolutions with a stride of 2. Their output: the units of all positions, one position after the other."""

    series = "n t c -> n c t"

    def __init__(self, config, tap):
        super().__init__()
        c1, c2, c3 = config.channels
        self.tap, self.features = tap, 5 * c3
        self.kernel1 = nn.Parameter(torch.empty(c1, 1, 5))
        self.bias1 = nn.Parameter(torch.empty(c1))
        self.kernel2 = nn.Parameter(torch.empty(c2, c1, 3))
        self.bias2 = nn.Parameter(torch.empty(c2))
        self.kernel3 = nn.Parameter(torch.empty(c3, c2, 3))
        self.bias3 = nn.Parameter(torch.empty(c3))

    def forward(self, x):
        x = rearrange(x, self.series)  # (N, 1, 40)
        h1 = self.tap("h1", self.layer(1, x, self.kernel1, self.bias1), self.series)  # (N, C1, 19)
        h2 = self.tap("h2", self.layer(2, h1, self.kernel2, self.bias2), self.series)  # (N, C2, 10)
        h3 = self.tap("h3", self.layer(3, h2, self.kernel3, self.bias3), self.series)  # (N, C3, 5)
        # TWIN: one position after the other on both sides, as w is laid out
        return rearrange(h3, "n c t -> n (t c)")  # (N, 5 C3)

    def layer(self, i, x, kernel, bias):
        """Convolution at every second position, then ReLU."""
        # TWIN: one zero on each end in every layer. With a stride of 2, SAME would pad (1, 2), (0, 1) and (0, 1) in
        # layers of these shapes, and padding="same" is refused
        z = self.tap(f"z{i}", F.conv1d(x, kernel, bias, stride=2, padding=1), self.series)
        return F.relu(z)


class Perceptron(nn.Module):
    """Two fully connected layers; the output of the first is added to that of the second."""

    def __init__(self, config, tap):
        super().__init__()
        self.tap, self.features = tap, config.hidden
        self.w1 = nn.Parameter(torch.empty(40, config.hidden))
        self.b1 = nn.Parameter(torch.empty(config.hidden))
        self.w2 = nn.Parameter(torch.empty(config.hidden, config.hidden))
        self.b2 = nn.Parameter(torch.empty(config.hidden))

    def forward(self, x):
        x = x[:, :, 0]  # (N, 40)
        z1 = x @ self.w1 + self.b1  # (N, H)
        h1 = self.tap("h1", F.relu(z1))  # (N, H)
        z2 = h1 @ self.w2 + self.b2  # (N, H)
        return self.tap("h2", h1 + F.relu(z2))  # (N, H)


class Identity(nn.Module):
    """No hidden layer: the model is linear in the series."""

    def __init__(self, config, tap):
        super().__init__()
        self.features = 40

    def forward(self, x):
        return x[:, :, 0]  # (N, 40)


class SequenceConvNet(Model):
    """One of the three stacks, and a last layer that reads its units."""

    # TWIN: channels come last in TensorFlow, and before the positions in PyTorch
    layouts = {"kernel1": "t i o -> o i t", "kernel2": "t i o -> o i t", "kernel3": "t i o -> o i t"}

    def __init__(self, config):
        super().__init__(config)
        stacks = {"convolution": Convolutions, "perceptron": Perceptron, "linear": Identity}
        self.stack = stacks[config.net](config, self.tap)
        self.w = nn.Parameter(torch.empty(self.stack.features, 10))
        self.b = nn.Parameter(torch.empty(10))
        self.optimizer = build(config.optimizer, self.named_parameters())

    def named_parameters(self, *settings, **named):
        """TWIN: a parameter is named after what holds it; here without "stack.", as the graph names its variables."""
        return ((name.removeprefix("stack."), w) for name, w in super().named_parameters(*settings, **named))

    # 1 What goes in, and what should come out
    # x: series (N, 40, 1); y: the digits that they were drawn from (N,)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        h = self.stack(x)  # (N, F)
        return self.tap("logits", h @ self.w + self.b)  # (N, 10)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return F.cross_entropy(logits, y)

    # 4 What it costs to be complicated: nothing
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
