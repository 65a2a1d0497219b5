"""A long short-term memory (LSTM) that reads sentences of film reviews: positive or negative?

    i, f, o = sigmoid,  g = tanh   of the four parts of   x_t kernel + h_{t-1} recurrent_kernel + bias
    c_t = f c_{t-1} + i g          h_t = o tanh(c_t)
    logits = (dropout of the mean of h_t over the sentence's words) w + b
    loss = - mean (y log p + (1 - y) log (1 - p)),  p = sigmoid(logits)

The cell c_t is the memory. Three gates between 0 and 1 control it: the input gate i says how much of the candidate g is
added, the forget gate f how much of the old memory is kept, the output gate o how much of it is shown. Memory changes
by addition, so gradients do not have to shrink from step to step.

Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000. The graph goes through time in one of two ways:
unrolled, every step its own operations; or as a while_loop, one step's operations, run again and again.

Twin: static_tf/recurrent/lstm.py
"""

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build


class LSTM(Model):
    def __init__(self, config):
        super().__init__(config)
        e, h = config.embedding, config.hidden
        self.embedding = nn.Parameter(torch.empty(config.words, e))
        self.kernel = nn.Parameter(torch.empty(e, 4 * h))
        self.recurrent_kernel = nn.Parameter(torch.empty(h, 4 * h))
        self.bias = nn.Parameter(torch.empty(4 * h))
        self.w = nn.Parameter(torch.empty(h, 1))
        self.b = nn.Parameter(torch.empty(1))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # words: indices (N, T), padded after the end; lengths: words per sentence (N,)
    # dropout_mask: 0, or 1 / (1 - dropout) (N, H); y: 1 if the review is positive, else 0 (N,)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, words, lengths, dropout_mask):  # a function, run at every step
        # TWIN: the gradient of F.embedding is dense unless a sparse one is asked for: the velocity of every row decays
        x = self.tap("x", F.embedding(words, self.embedding))  # (N, T, E)
        z = self.tap("z", x @ self.kernel + self.bias)  # (N, T, 4H): the term of the inputs, for all steps at once
        h = self.tap("h", self.through_time(z))  # (N, T, H)
        # The mean over the words of the sentence, without what follows its end
        mask = (torch.arange(self.config.length, device=h.device) < lengths[:, None]).to(h.dtype)  # (N, T)
        total = torch.sum(h * mask[:, :, None], dim=1)
        pooled = self.tap("pooled", total / lengths.to(h.dtype)[:, None])  # (N, H)
        logits = (pooled * dropout_mask) @ self.w + self.b  # (N, 1)
        return self.tap("logits", logits[:, 0])  # (N,)

    def through_time(self, z):
        """h of every step, (N, T, H).

        TWIN: the loop runs while the graph is built, or the graph contains it; in eager code it runs at every step.
        """
        c = h = z.new_zeros(z.shape[0], self.config.hidden)
        hs = []
        for z_t in z.unbind(dim=1):  # z[:, t] would have a gradient of the size of z, each time
            c, h = self.cell(z_t, c, h)
            hs.append(h)
        return torch.stack(hs, dim=1)

    def cell(self, z_t, c, h):
        """One step: c and h from this step's term of the inputs and from the last c and h."""
        z = z_t + h @ self.recurrent_kernel  # (N, 4H)
        # TWIN: the gates lie in the order i, f, g, o on both sides; TF1's own cell has i, g, f, o, and adds 1 to f
        i, f, g, o = z.chunk(4, dim=1)  # (N, H) each
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return c, torch.sigmoid(o) * torch.tanh(c)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        y = y.to(logits.dtype)
        return F.binary_cross_entropy_with_logits(logits, y)

    # 4 What it costs to be complicated: nothing, because dropout regularises
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
