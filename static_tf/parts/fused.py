"""The frameworks' own kernels of whole recurrent layers, with the weights of the written-out cells.

    lstm:  h of every step at once, by tf.raw_ops.BlockLSTM | torch.lstm
    gru:   h of every step at once, written out             | torch.gru

What a kernel saves is the launch of ten operations a step. The equations, and the names and layouts of the weights, are
those of parts/cells.py; here is how each kernel takes them.

Twin: dynamic_torch/parts/fused.py
"""

import tensorflow.compat.v1 as tf

from static_tf.parts.cells import GRUCell, LSTMCell


class FusedLSTM(LSTMCell):
    """An LSTM's cell whose steps are all in one kernel."""

    def read(self, x):  # (N, T, E)
        # TWIN: TensorFlow's kernel exists in float32 only: in float64 it is the model that it stands for, written out
        if x.dtype == tf.float64:
            return self.through_time(self.input_term(x))  # (N, T, H)
        # TWIN: TensorFlow's kernel takes both matrices as one, gates i, g, f, o, and time before the rows. BlockLSTMV2
        # has the gates i, f, g, o, but the gradient of BlockLSTM, which takes f for g
        # TWIN: PyTorch's takes matrices (out, in), the gates i, f, g, o, and a second bias, which is 0 here
        c = h = tf.zeros((tf.shape(x)[0], self.hidden), x.dtype)
        w = self.reordered(tf.concat([self.kernel, self.recurrent_kernel], axis=0))  # (E + H, 4H)
        no = tf.zeros((self.hidden,), x.dtype)  # peepholes are not used
        length = tf.cast(tf.shape(x)[1], tf.int64)
        x = tf.transpose(x, (1, 0, 2))  # (T, N, E)
        fixed = {"wci": no, "wcf": no, "wco": no, "forget_bias": 0.0, "cell_clip": -1}
        b = self.reordered(self.bias)
        steps = tf.raw_ops.BlockLSTM(seq_len_max=length, x=x, cs_prev=c, h_prev=h, w=w, b=b, **fixed)
        return tf.transpose(steps.h, (1, 0, 2))  # (N, T, H)

    def reordered(self, gates):
        """The gates i, g, f, o from i, f, g, o."""
        i, f, g, o = tf.split(gates, 4, axis=-1)
        return tf.concat([i, g, f, o], axis=-1)


class FusedGRU(GRUCell):
    """A GRU's cell whose steps are all in one kernel, where there is one."""

    def read(self, x):  # (N, T, E)
        # TWIN: TensorFlow has no kernel of this GRU for a CPU, so it is written out: its GRUBlockCell is one step, and
        # resets before the product
        # TWIN: PyTorch's takes matrices (out, in), r, u, n, and two biases, as the cell has
        return self.through_time(self.input_term(x))  # (N, T, H)
