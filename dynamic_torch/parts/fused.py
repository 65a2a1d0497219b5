"""The frameworks' own kernels of whole recurrent layers, with the weights of the written-out cells.

    lstm:  h of every step at once, by tf.raw_ops.BlockLSTM | torch.lstm
    gru:   h of every step at once, written out             | torch.gru

What a kernel saves is the launch of ten operations a step. The equations, and the names and layouts of the weights, are
those of parts/cells.py; here is how each kernel takes them.

Twin: static_tf/parts/fused.py
"""

import torch

from dynamic_torch.parts.cells import GRUCell, LSTMCell


class FusedLSTM(LSTMCell):
    """An LSTM's cell whose steps are all in one kernel."""

    def read(self, x):  # (N, T, E)
        # TWIN: TensorFlow's kernel exists in float32 only: in float64 it is the model that it stands for, written out
        # TWIN: TensorFlow's kernel takes both matrices as one, gates i, g, f, o, and time before the rows. BlockLSTMV2
        # has the gates i, f, g, o, but the gradient of BlockLSTM, which takes f for g
        # TWIN: PyTorch's takes matrices (out, in), the gates i, f, g, o, and a second bias, which is 0 here
        c = h = x.new_zeros(x.shape[0], self.hidden)
        w = self.kernel.t(), self.recurrent_kernel.t()
        b = self.bias, torch.zeros_like(self.bias)
        # torch.nn.LSTM calls this function; arguments after the weights: biases, layers, dropout, training,
        # both directions, rows before time
        h, _, _ = torch.lstm(x, (h[None], c[None]), (*w, *b), True, 1, 0.0, self.training, False, True)
        return h  # (N, T, H)


class FusedGRU(GRUCell):
    """A GRU's cell whose steps are all in one kernel, where there is one."""

    def read(self, x):  # (N, T, E)
        # TWIN: TensorFlow has no kernel of this GRU for a CPU, so it is written out: its GRUBlockCell is one step, and
        # resets before the product
        # TWIN: PyTorch's takes matrices (out, in), r, u, n, and two biases, as the cell has
        h = x.new_zeros(x.shape[0], self.hidden)
        w = self.kernel.t(), self.recurrent_kernel.t()
        b = self.bias, self.recurrent_bias
        h, _ = torch.gru(x, h[None], (*w, *b), True, 1, 0.0, self.training, False, True)  # as torch.nn.GRU calls it
        return h  # (N, T, H)
