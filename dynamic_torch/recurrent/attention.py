"""An encoder and a decoder with attention: dates as people write them, rewritten as 1998-05-03, character by character.

    f_j = GRU(x_j, f_{j-1}),   b_j = GRU(x_j, b_{j+1}),   h_j = (f_j, b_j)      encoder: annotation of each character
    s_0 = tanh(b_1 start)                                                       decoder: state before it writes
    a_t, context_t = attention(s_{t-1}, h)                                      see parts/additive_attention.py
    s_t = GRU((vector of the character before, context_t), s_{t-1})
    logits_t = s_t w + b,   loss = - mean log softmax(logits_t)[y_t]

Without attention one vector would have to hold all that was read. With it each step looks up what it needs, and the
weights a_tj, the alignment, show where. The character before is the true one y_{t-1} in training (teacher forcing:
Williams & Zipser 1989), and in inference the model's own, the one with the largest logit (greedy decoding).

Bahdanau, Cho & Bengio 2015, with one layer after s_t in place of three. The graph goes through time in one of two ways:
unrolled, every step its own operations; or as a while_loop, one step's operations, run again and again.

Twin: static_tf/recurrent/attention.py
"""

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from dynamic_torch.parts.additive_attention import AdditiveAttention
from dynamic_torch.parts.cells import GRUCell
from dynamic_torch.parts.embedding import look_up


class Attention(Model):
    def __init__(self, config):
        super().__init__(config)
        self.read = nn.Parameter(torch.empty(config.characters, config.embedding))
        self.forwards = GRUCell(config.embedding, config.hidden)
        self.backwards = GRUCell(config.embedding, config.hidden)
        self.start = nn.Parameter(torch.empty(config.hidden, config.state))
        self.attention = AdditiveAttention(config.state, 2 * config.hidden, config.alignment)
        self.written = nn.Parameter(torch.empty(config.digits + 1, config.written))
        self.decoder = GRUCell(config.written + 2 * config.hidden, config.state)
        self.w = nn.Parameter(torch.empty(config.state, config.digits))
        self.b = nn.Parameter(torch.empty(config.digits))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: numbers of the characters that are read (N, T), padded after the end; lengths: how many (N,)
    # y: numbers of the characters to be written (N, U); in inference nothing reads them
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x, lengths, y):  # a function, run at every step
        inside = torch.arange(self.config.length, device=x.device) < lengths[:, None]  # (N, T)
        x = self.tap("x", look_up(self.read, x))  # (N, T, E)
        z_f = self.tap("z_f", self.forwards.input_term(x))  # (N, T, 3H)
        z_b = self.tap("z_b", self.backwards.input_term(x))  # (N, T, 3H)
        f = self.tap("f", self.forwards.through_time(z_f, lengths))  # (N, T, H)
        b = self.tap("b", self.backwards.through_time(z_b, lengths, reverse=True))  # (N, T, H)
        h = self.tap("h", torch.cat([f, b], dim=2))  # (N, T, 2H)
        keys = self.tap("keys", self.attention.keys(h))  # (N, T, A)
        s = self.tap("s0", torch.tanh(b[:, 0] @ self.start))  # (N, D)
        first = torch.ones_like(lengths) * self.config.digits  # (N,): a number that no written character has
        a, s, logits = self.decode(first, s, (h, keys, inside), y)
        self.tap("attention", a)  # (N, U, T)
        self.tap("s", s)  # (N, U, D)
        return self.tap("logits", logits)  # (N, U, 11)

    def decode(self, character, s, memory, y):
        """Attention (N, U, T), states (N, U, D) and logits (N, U, 11) of all steps."""
        # TWIN: the graph contains the loop, or is built by it; in eager code it runs at every step
        steps = []
        for y_t in y.unbind(dim=1):
            a, s, logits = self.write(character, s, memory)
            steps.append((a, s, logits))
            character = self.following(logits, y_t)
        return [torch.stack(each, dim=1) for each in zip(*steps)]

    def write(self, character, s, memory):
        """One step: attention, state and logits, from the character and the state before."""
        a, context = self.attention(s, *memory)  # (N, T), (N, 2H)
        z = torch.cat([look_up(self.written, character), context], dim=1)  # (N, W + 2H)
        (s,) = self.decoder(self.decoder.input_term(z), s)  # (N, D)
        return a, s, s @ self.w + self.b

    def following(self, logits, y_t):
        """What the next step takes for the character before: the true one in training, in inference the model's own."""
        # TWIN: in a graph the mode is a tensor, which selects one of two results; in PyTorch it is a flag of the module
        return y_t if self.training else torch.argmax(logits, dim=1)  # (N,)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return F.cross_entropy(logits.flatten(0, 1), y.flatten())  # TWIN: PyTorch's has the classes on the second axis

    # 4 What it costs to be complicated: nothing
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
