"""A network that speaks: it says of every code of a sound sample how likely it is to follow those before it.

    z = h_{t-d} kernel_0 + h_t kernel_1 + v_digit          a convolution of two samples, d apart: d = 1, 2, 4, ..
    g = tanh(first half of z) * sigmoid(second half)          h <- h + g residual          s <- s + g skip

    s starts as b1          logits = relu(relu(s) w2 + b2) w3 + b3          p(x_{t+1} | x_1 .. x_t) = softmax(logits_t)
    loss = mean of - log p of the samples that followed

    to speak: draw a sample, read it, and so on; each layer remembers its last d inputs in a queue (cached), or all
    that the next sample depends on, the last 1 + 1 + 2 + 4 + .. samples, is read again (naive)

van den Oord et al. 2016, "WaveNet"; the queues: Paine et al. 2016. A sample is drawn by one uniform number u: it is the
first code whose cumulative probability exceeds u.

Twin: static_tf/generative/wavenet.py
"""

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts.embedding import look_up


class GatedLayer(nn.Module):
    """A dilated convolution with gates; the digit that is spoken moves the gates."""

    def __init__(self, dilation, config):
        super().__init__()
        self.dilation, c, g = dilation, config.channels, config.gates
        self.kernel = nn.Parameter(torch.empty(2, c, 2 * g))
        self.digit = nn.Parameter(torch.empty(10, 2 * g))

    def forward(self, h, digit, queue):
        """The gates' output, and the queue of the layer's last inputs."""
        # TWIN: TensorFlow's dilated convolution has no gradient on a CPU: both sides make two products instead
        seen = torch.cat([queue, h], dim=1)  # (N, d + T, C)
        z = product(seen[:, : -self.dilation], self.kernel[0]) + product(h, self.kernel[1])
        a, b = (z + look_up(self.digit, digit)[:, None]).chunk(2, dim=2)  # (N, T, G) each
        return torch.tanh(a) * torch.sigmoid(b), seen[:, -self.dilation :]


class WaveNet(Model):
    def __init__(self, config):
        super().__init__(config)
        depth, skip, residual = len(config.dilations), (config.gates, config.skips), (config.gates, config.channels)
        self.embedding = nn.Parameter(torch.empty(config.codes, config.channels))
        self.layers = nn.ModuleList(GatedLayer(d, config) for d in config.dilations)
        self.skips = nn.ParameterList(torch.empty(skip) for _ in range(depth))
        self.residuals = nn.ParameterList(torch.empty(residual) for _ in range(depth - 1))
        self.b1 = nn.Parameter(torch.empty(config.skips))
        self.w2 = nn.Parameter(torch.empty(config.skips, config.hidden))
        self.b2 = nn.Parameter(torch.empty(config.hidden))
        self.w3 = nn.Parameter(torch.empty(config.hidden, config.codes))
        self.b3 = nn.Parameter(torch.empty(config.codes))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: codes of the samples that are read (N, T); y: of those that follow (N, T); digit: which is spoken (N,)
    # uniforms: one for each sample that is drawn (N, S)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x, y, digit, uniforms):  # a function, run at every step
        logits, queues = self.read(x, digit, self.empty_queues(x), self.tap)
        logits = self.tap("logits", logits)  # (N, T, Q)
        audio, following = self.continued(x, digit, logits[:, -1], queues, uniforms)
        self.tap("audio", audio)  # (N, T + S)
        self.tap("following", following)  # (N, Q)
        # TWIN: PyTorch's has the classes on the second axis
        nats = F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="none").reshape(y.shape)
        return self.tap("log_likelihood", -nats)  # (N, T)

    def empty_queues(self, x):
        """Queues that remember nothing."""
        return [self.embedding.new_zeros(len(x), d, self.config.channels) for d in self.config.dilations]

    def read(self, x, digit, queues, tap):
        """The logits of what follows each sample, and the queues after the last one."""
        h, s, following = look_up(self.embedding, x), self.b1, []  # (N, T, C)
        for i, (layer, queue) in enumerate(zip(self.layers, queues)):
            g, queue = layer(h, digit, queue)
            g = tap(f"g{i + 1}", g)  # (N, T, G)
            s = s + product(g, self.skips[i])  # (N, T, K)
            if i < len(self.residuals):  # no layer reads what the last one adds
                h = h + product(g, self.residuals[i])  # (N, T, C)
            following.append(queue)
        h = F.relu(product(F.relu(s), self.w2) + self.b2)  # (N, T, H)
        return product(h, self.w3) + self.b3, following

    def continued(self, audio, digit, logits, queues, uniforms):
        """The audio, with a sample after it for each column of uniforms, and the logits of the next one."""
        # TWIN: the loop is in the graph, which draws as many samples as it is fed numbers, and nothing if nobody asks
        # for the audio; in eager code it runs at every step, where training has no numbers for it
        for u in uniforms.unbind(dim=1):
            code = self.sample(logits, u)[:, None]
            audio = torch.cat([audio, code], dim=1)
            if self.config.cached:
                logits, queues = self.read(code, digit, queues, untapped)
            else:
                logits, _ = self.read(audio[:, -self.config.reach :], digit, self.empty_queues(audio), untapped)
            logits = logits[:, -1]
        return audio, logits

    def sample(self, logits, u):
        """The first code of each row whose cumulative probability exceeds u (N,)."""
        cumulative = torch.cumsum(torch.softmax(logits, dim=1), dim=1)  # (N, Q); the last is 1, but for rounding
        return torch.sum(cumulative[:, :-1] <= u[:, None], dim=1)

    # 3 What it costs to be wrong; to be complicated costs nothing
    def loss(self, log_likelihood):
        return -torch.mean(log_likelihood)

    # 4 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


def product(h, w):
    # TWIN: TensorFlow's h @ w makes a product for each row of three axes; PyTorch's makes one
    return h @ w


def untapped(name, value):
    return value
