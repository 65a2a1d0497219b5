"""The frameworks' own kernels of whole recurrent layers, with the weights of the written-out cells.

    lstm:  h of every step at once, by tf.raw_ops.BlockLSTM   | torch.lstm
    gru:   h of every step at once, written out               | torch.gru

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
            return self.through_time(self.input_term(x))
        # TWIN: the kernel takes both matrices as one, gates i, g, f, o, and time before the rows; PyTorch takes them
        # apart, and transposed. BlockLSTMV2 has the gates i, f, g, o, but the gradient of BlockLSTM: f and g swapped
        c, h = self.start(x)
        peepholes = tf.zeros((self.hidden,), x.dtype)  # not used
        steps = tf.raw_ops.BlockLSTM(
            seq_len_max=tf.cast(tf.shape(x)[1], tf.int64),
            x=tf.transpose(x, (1, 0, 2)),
            cs_prev=c,
            h_prev=h,
            w=self.reordered(tf.concat([self.kernel, self.recurrent_kernel], axis=0)),  # (E + H, 4H)
            wci=peepholes,
            wcf=peepholes,
            wco=peepholes,
            b=self.reordered(self.bias),
            forget_bias=0.0,
            cell_clip=-1,
        )
        return tf.transpose(steps.h, (1, 0, 2))  # (N, T, H)

    def reordered(self, gates):
        """The gates i, g, f, o from i, f, g, o."""
        i, f, g, o = tf.split(gates, 4, axis=-1)
        return tf.concat([i, g, f, o], axis=-1)


class FusedGRU(GRUCell):
    """A GRU's cell whose steps are all in one kernel, where there is one."""

    def read(self, x):  # (N, T, E)
        # TWIN: TensorFlow has no kernel of this GRU for a CPU: its GRUBlockCell is one step, and resets before the
        # product; so it is written out. PyTorch's has both biases, as the cell has
        return self.through_time(self.input_term(x))  # (N, T, H)
