"""Recurrent cells, written out, and the way through time. Each has a term of its inputs, for all steps at once:

    z_t = x_t kernel + bias

    RNN     h_t = tanh(z_t + h_{t-1} recurrent_kernel)
    LSTM    i, f, o = sigmoid,  g = tanh   of the four parts of   z_t + h_{t-1} recurrent_kernel
            c_t = f c_{t-1} + i g          h_t = o tanh(c_t)
    GRU     k_t = h_{t-1} recurrent_kernel + recurrent_bias        z and k have three parts each, named r, u, n
            r, u = sigmoid(z_r + k_r), sigmoid(z_u + k_u)          n = tanh(z_n + r k_n)
            h_t = u h_{t-1} + (1 - u) n
    GRU, reset before the product
            k_t = h_{t-1} recurrent_kernel, two parts              n = tanh(z_n + (r h_{t-1}) candidate_kernel)

RNN: Elman 1990. LSTM: Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000. GRU: Cho et al. 2014,
whose first version resets before the product, as TF1's GRUCell does; cuDNN and PyTorch reset after it. No weights of
the one make the other compute the same.

Twin: static_tf/parts/cells.py
"""

import torch
from torch import nn


class Cell(nn.Module):
    """What all cells have in common: the weights of the inputs, and how they go through time.

    The state is a tuple of tensors (N, H); the last of them is h. `gates` is the number of vectors of size H that a
    step computes from its input.
    """

    def __init__(self, inputs, hidden, gates):
        super().__init__()
        self.hidden, self.gates = hidden, gates
        self.kernel = nn.Parameter(torch.empty(inputs, gates * hidden))
        self.bias = nn.Parameter(torch.empty(gates * hidden))

    def input_term(self, x):  # (N, T, E)
        # TWIN: TensorFlow's x @ kernel makes a product, and a gradient of the kernel, for each row; PyTorch's makes one
        return x @ self.kernel + self.bias  # (N, T, G H)

    def start(self, z_t):
        """The state before the first step: zeros."""
        # TWIN: TensorFlow has to know, as it builds the graph, that there are as many rows as in z_t; here each tensor
        # knows its size
        return (torch.zeros_like(z_t.chunk(self.gates, dim=1)[0]),)

    def through_time(self, z, lengths=None, reverse=False):
        """h of every step, (N, T, H), from the term of the inputs; `reverse`: the last step first.

        With `lengths` (N,) the steps from there on do not change a row's state.
        TWIN: the loop runs while the graph is built, or the graph contains it; in eager code it runs at every step.
        """
        steps = list(enumerate(z.unbind(dim=1)))  # z[:, t] would have a gradient of the size of z, each time
        state, hs = self.start(steps[0][1]), []
        for t, z_t in reversed(steps) if reverse else steps:
            state = self.held(t, self(z_t, *state), state, lengths)
            hs.append(state[-1])
        return torch.stack(hs[::-1] if reverse else hs, dim=1)

    def held(self, t, new, state, lengths):
        """The new state after step t; of a row that ends before it, the last one."""
        if lengths is None:
            return new
        # TWIN: tf.nn.dynamic_rnn and PyTorch's packed sequences also set h to 0 from a row's end on; here it stays
        inside = (t < lengths)[:, None]  # (N, 1)
        return tuple(torch.where(inside, after, before) for after, before in zip(new, state))


class RNNCell(Cell):
    """A layer that also reads its own last output."""

    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden, 1)
        self.recurrent_kernel = nn.Parameter(torch.empty(hidden, hidden))

    def forward(self, z_t, h):
        return (torch.tanh(torch.addmm(z_t, h, self.recurrent_kernel)),)


class LSTMCell(Cell):
    """A memory c behind three gates; h is what it shows of it."""

    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden, 4)
        self.recurrent_kernel = nn.Parameter(torch.empty(hidden, 4 * hidden))

    def start(self, z_t):
        """The state before the first step: zeros."""
        return super().start(z_t) * 2

    def forward(self, z_t, c, h):
        z = torch.addmm(z_t, h, self.recurrent_kernel)  # (N, 4H)
        # TWIN: the gates lie in the order i, f, g, o on both sides; TF1's own cell has i, g, f, o, and adds 1 to f
        i, f, g, o = z.chunk(4, dim=1)  # (N, H) each
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return c, torch.sigmoid(o) * torch.tanh(c)


class GRUCell(Cell):
    """Two gates: r resets what the candidate n sees of h, u says how much of h stays."""

    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden, 3)
        self.recurrent_kernel = nn.Parameter(torch.empty(hidden, 3 * hidden))
        self.recurrent_bias = nn.Parameter(torch.empty(3 * hidden))

    def forward(self, z_t, h):
        # TWIN: r comes after the product, as in cuDNN, so one product does for all three
        k = torch.addmm(self.recurrent_bias, h, self.recurrent_kernel)  # (N, 3H)
        (z_r, z_u, z_n), (k_r, k_u, k_n) = z_t.chunk(3, dim=1), k.chunk(3, dim=1)  # (N, H) each
        r, u = torch.sigmoid(z_r + k_r), torch.sigmoid(z_u + k_u)
        n = torch.tanh(z_n + r * k_n)
        return (u * h + (1 - u) * n,)


class ResetBeforeGRUCell(Cell):
    """The same, but r comes before the product."""

    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden, 3)
        self.recurrent_kernel = nn.Parameter(torch.empty(hidden, 2 * hidden))
        self.candidate_kernel = nn.Parameter(torch.empty(hidden, hidden))

    def forward(self, z_t, h):
        # TWIN: r comes before the product, as in TF1's GRUCell: the candidate has to wait for it
        k = h @ self.recurrent_kernel  # (N, 2H)
        (z_r, z_u, z_n), (k_r, k_u) = z_t.chunk(3, dim=1), k.chunk(2, dim=1)  # (N, H) each
        r, u = torch.sigmoid(z_r + k_r), torch.sigmoid(z_u + k_u)
        n = torch.tanh(torch.addmm(z_n, r * h, self.candidate_kernel))
        return (u * h + (1 - u) * n,)
