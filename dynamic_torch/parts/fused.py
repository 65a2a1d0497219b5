"""The frameworks' own kernels of whole recurrent layers, with the weights of the written-out cells.

    lstm:  h of every step at once, by tf.raw_ops.BlockLSTM   | torch.lstm
    gru:   h of every step at once, written out               | torch.gru

What a kernel saves is the launch of ten operations a step. The equations, and the names and layouts of the weights, are
those of parts/cells.py; here is how each kernel takes them.

Twin: static_tf/parts/fused.py
"""

import torch

from dynamic_torch.parts.cells import GRUCell, LSTMCell


class FusedLSTM(LSTMCell):
    """An LSTM's cell whose steps are all in one kernel."""

    def read(self, x):  # (N, T, E)
        c, h = (state[None] for state in self.start(x))  # (1, N, H): for one layer
        # TWIN: torch.nn.LSTM calls this function with its own parameters: matrices transposed, gates i, f, g, o, and a
        # second bias, which is 0 here; TensorFlow's kernel takes both matrices as one
        w = [self.kernel.t(), self.recurrent_kernel.t(), self.bias, torch.zeros_like(self.bias)]
        h, _, _ = torch.lstm(x, (h, c), w, True, 1, 0.0, self.training, False, True)
        return h  # (N, T, H)


class FusedGRU(GRUCell):
    """A GRU's cell whose steps are all in one kernel, where there is one."""

    def read(self, x):  # (N, T, E)
        (h,) = (state[None] for state in self.start(x))  # (1, N, H): for one layer
        # TWIN: torch.nn.GRU calls this function with its own parameters: matrices transposed, r, u, n, and two biases.
        # TensorFlow has no kernel of this GRU for a CPU
        w = [self.kernel.t(), self.recurrent_kernel.t(), self.bias, self.recurrent_bias]
        h, _ = torch.gru(x, h, w, True, 1, 0.0, self.training, False, True)
        return h  # (N, T, H)
