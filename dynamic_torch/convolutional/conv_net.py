"""A convolutional net for digits: the same small kernels are applied at every position of the image.

    z = kernel * x + bias            at every position, the sum of the products with the kernel
    h = the maximum of each 2x2 of ReLU(z)
    logits = ReLU(flat w3 + b3) w4 + b4                                after two such layers
    loss = - mean log softmax(logits)[y] + l2/2 (|kernel1|^2 + |kernel2|^2 + |w3|^2 + |w4|^2)

LeCun et al. 1998, with ReLU instead of tanh, maximum instead of mean pooling, and padding that keeps the size.

Twin: static_tf/convolutional/conv_net.py
"""

import torch
from einops import rearrange
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class ConvNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    images = "n h w c -> n c h w"
    layouts = {"kernel1": "h w i o -> o i h w", "kernel2": "h w i o -> o i h w"}

    def __init__(self, config):
        super().__init__(config)
        k, c1, c2 = config.kernel, config.channels1, config.channels2
        _, _, c = config.image
        self.kernel1 = nn.Parameter(torch.empty(c1, c, k, k))
        self.bias1 = nn.Parameter(torch.empty(c1))
        self.kernel2 = nn.Parameter(torch.empty(c2, c1, k, k))
        self.bias2 = nn.Parameter(torch.empty(c2))
        self.w3 = nn.Parameter(torch.empty(config.flat, config.hidden))
        self.b3 = nn.Parameter(torch.empty(config.hidden))
        self.w4 = nn.Parameter(torch.empty(config.hidden, 10))
        self.b4 = nn.Parameter(torch.empty(10))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: images (N, H, W, C); y: the digits that they show (N,)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x):  # a function, run at every step
        x = rearrange(x, self.images)
        h1 = self.tap("h1", self.layer(1, x, self.kernel1, self.bias1), self.images)  # (N, C1, H/2, W/2)
        h2 = self.tap("h2", self.layer(2, h1, self.kernel2, self.bias2), self.images)  # (N, C2, H/4, W/4)
        # TWIN: flat in the order of height, width, channels on both sides, as the next matrix is laid out
        flat = rearrange(h2, "n c h w -> n (h w c)")  # (N, H/4 W/4 C2)
        h3 = self.tap("h3", F.relu(flat @ self.w3 + self.b3))  # (N, D)
        return self.tap("logits", h3 @ self.w4 + self.b4)  # (N, 10)

    def layer(self, i, x, kernel, bias):
        """Convolution, ReLU, and the maximum of each 2x2."""
        z = F.conv2d(x, kernel, bias, stride=1, padding="same")
        z = self.tap(f"z{i}", z, self.images)
        return F.max_pool2d(F.relu(z), 2, 2)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return F.cross_entropy(logits, y)

    # 4 What it costs to be complicated: all weights but biases, which have one axis
    def regularizer(self):
        # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
        weights = [w for w in self.parameters() if len(w.shape) > 1]
        return self.config.l2 / 2 * sum(w.square().sum() for w in weights)

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
