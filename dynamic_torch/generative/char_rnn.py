"""A recurrent network that writes: it reads characters, and says of each how likely it is to follow.

    h_t = GRU(vector of x_t, h_{t-1})          logits_t = h_t w + b          p(x_{t+1} | x_1 .. x_t) = softmax(logits_t)
    loss = mean of - log p of the characters that followed

    to write: draw from softmax(logits / temperature), read what was drawn, and so on

Sutskever et al. 2011; Graves 2013. A character is drawn by one uniform number u: it is the first whose cumulative
probability exceeds u. So the same numbers write the same verse.

Twin: static_tf/generative/char_rnn.py
"""

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts.cells import GRUCell
from dynamic_torch.parts.embedding import look_up


class CharRNN(Model):
    def __init__(self, config):
        super().__init__(config)
        self.embedding = nn.Parameter(torch.empty(config.characters, config.embedding))
        self.cell = GRUCell(config.embedding, config.hidden)
        self.w = nn.Parameter(torch.empty(config.hidden, config.characters))
        self.b = nn.Parameter(torch.empty(config.characters))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: numbers of the characters that are read (N, T); y: of those that follow (N, T)
    # uniforms: one for each character that is drawn (N, S); temperature: of the drawing (N,)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x, uniforms, temperature):  # a function, run at every step
        z = self.tap("z", self.cell.input_term(look_up(self.embedding, x)))  # (N, T, 3H)
        h = self.tap("h", self.cell.through_time(z))  # (N, T, H)
        logits = self.tap("logits", self.likely(h))  # (N, T, C)
        self.tap("text", self.continued(x, h[:, -1], logits[:, -1], uniforms, temperature))  # (N, T + S)
        return logits

    def likely(self, h):
        """The log-odds of each character to follow."""
        # TWIN: TensorFlow's h @ w makes a product for each row of three axes; PyTorch's makes one
        return h @ self.w + self.b

    def continued(self, text, h, logits, uniforms, temperature):
        """The text, and a character after it for each column of uniforms."""
        # TWIN: the loop is in the graph, which writes as many characters as it is fed numbers, and nothing if nobody
        # asks for the text; in eager code it runs at every step, where training has no numbers for it
        for u in uniforms.unbind(dim=1):
            character = self.sample(logits / temperature[:, None], u)
            (h,) = self.cell(self.cell.input_term(look_up(self.embedding, character)), h)
            text, logits = torch.cat([text, character[:, None]], dim=1), self.likely(h)
        return text

    def sample(self, logits, u):
        """The first character of each row whose cumulative probability exceeds u (N,)."""
        cumulative = torch.cumsum(torch.softmax(logits, dim=1), dim=1)  # (N, C); the last is 1, but for rounding
        return torch.sum(cumulative[:, :-1] <= u[:, None], dim=1)

    # 3 What it costs to be wrong; to be complicated costs nothing
    def loss(self, logits, y):
        return F.cross_entropy(logits.flatten(0, 1), y.flatten())  # TWIN: PyTorch's has the classes on the second axis

    # 4 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
