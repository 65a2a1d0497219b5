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

Twin: dynamic_torch/parts/cells.py
"""

import tensorflow.compat.v1 as tf


class Cell:
    """What all cells have in common: the weights of the inputs, and how they go through time.

    The state is a tuple of tensors (N, H); the last of them is h. `name` is the scope of the variables, `gates` the
    number of vectors of size H that a step computes from its input.
    """

    def __init__(self, name, inputs, hidden, gates, loop, dtype):
        self.hidden, self.gates, self.loop = hidden, gates, loop
        self.kernel = tf.get_variable(f"{name}/kernel", (inputs, gates * hidden), dtype)
        self.bias = tf.get_variable(f"{name}/bias", (gates * hidden,), dtype)

    def input_term(self, x):  # (N, T, E)
        # TWIN: TensorFlow's x @ kernel makes a product, and a gradient of the kernel, for each row; PyTorch's makes one
        return tf.tensordot(x, self.kernel, 1) + self.bias  # (N, T, G H)

    def start(self, z_t):
        """The state before the first step: zeros."""
        # TWIN: TensorFlow does not know that tf.zeros((tf.shape(z_t)[0], ...)) has as many rows as z_t: with it, the
        # gradients of all sums and products look for a broadcast: 1,150 of 2,430 operations in an LSTM's 32 steps
        return (tf.zeros_like(tf.split(z_t, self.gates, axis=1)[0]),)

    def through_time(self, z, lengths=None, reverse=False):
        """h of every step, (N, T, H), from the term of the inputs; `reverse`: the last step first.

        With `lengths` (N,) the steps from there on do not change a row's state.
        TWIN: the loop runs while the graph is built, or the graph contains it; in eager code it runs at every step.
        """
        if self.loop == "while_loop":
            return self.through_while_loop(z, lengths, reverse)
        steps = list(enumerate(tf.unstack(z, axis=1)))  # T copies of the step
        state, hs = self.start(steps[0][1]), []
        for t, z_t in reversed(steps) if reverse else steps:
            state = self.held(t, self(z_t, *state), state, lengths)
            hs.append(state[-1])
        return tf.stack(hs[::-1] if reverse else hs, axis=1)

    def through_while_loop(self, z, lengths, reverse):
        """The same by tf.while_loop: one copy of the step, and a tensor as the condition."""
        steps = z.shape[1]
        zs = tf.TensorArray(z.dtype, steps).unstack(tf.transpose(z, (1, 0, 2)))
        hs = tf.TensorArray(z.dtype, steps)

        def step(count, state, hs):
            t = steps - 1 - count if reverse else count
            state = self.held(t, self(zs.read(t), *state), state, lengths)
            return count + 1, state, hs.write(t, state[-1])

        _, _, hs = tf.while_loop(lambda count, *_: count < steps, step, (0, self.start(z[:, 0]), hs))
        return tf.transpose(hs.stack(), (1, 0, 2))

    def held(self, t, new, state, lengths):
        """The new state after step t; of a row that ends before it, the last one."""
        if lengths is None:
            return new
        # TWIN: tf.nn.dynamic_rnn and PyTorch's packed sequences also set h to 0 from a row's end on; here it stays
        inside = tf.cast(t, lengths.dtype) < lengths  # (N,): TF1's where takes a condition for each row
        return tuple(tf.where(inside, after, before) for after, before in zip(new, state))


class RNNCell(Cell):
    """A layer that also reads its own last output."""

    def __init__(self, name, inputs, hidden, loop, dtype):
        super().__init__(name, inputs, hidden, 1, loop, dtype)
        self.recurrent_kernel = tf.get_variable(f"{name}/recurrent_kernel", (hidden, hidden), dtype)

    def __call__(self, z_t, h):
        return (tf.tanh(z_t + h @ self.recurrent_kernel),)


class LSTMCell(Cell):
    """A memory c behind three gates; h is what it shows of it."""

    def __init__(self, name, inputs, hidden, loop, dtype):
        super().__init__(name, inputs, hidden, 4, loop, dtype)
        self.recurrent_kernel = tf.get_variable(f"{name}/recurrent_kernel", (hidden, 4 * hidden), dtype)

    def start(self, z_t):
        """The state before the first step: zeros."""
        return super().start(z_t) * 2

    def __call__(self, z_t, c, h):
        z = z_t + h @ self.recurrent_kernel  # (N, 4H)
        # TWIN: the gates lie in the order i, f, g, o on both sides; TF1's own cell has i, g, f, o, and adds 1 to f
        i, f, g, o = tf.split(z, 4, axis=1)  # (N, H) each
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        return c, tf.sigmoid(o) * tf.tanh(c)


class GRUCell(Cell):
    """Two gates: r resets what the candidate n sees of h, u says how much of h stays."""

    def __init__(self, name, inputs, hidden, loop, dtype):
        super().__init__(name, inputs, hidden, 3, loop, dtype)
        self.recurrent_kernel = tf.get_variable(f"{name}/recurrent_kernel", (hidden, 3 * hidden), dtype)
        self.recurrent_bias = tf.get_variable(f"{name}/recurrent_bias", (3 * hidden,), dtype)

    def __call__(self, z_t, h):
        # TWIN: r comes after the product, as in cuDNN, so one product does for all three
        k = h @ self.recurrent_kernel + self.recurrent_bias  # (N, 3H)
        (z_r, z_u, z_n), (k_r, k_u, k_n) = tf.split(z_t, 3, axis=1), tf.split(k, 3, axis=1)  # (N, H) each
        r, u = tf.sigmoid(z_r + k_r), tf.sigmoid(z_u + k_u)
        n = tf.tanh(z_n + r * k_n)
        return (u * h + (1 - u) * n,)


class ResetBeforeGRUCell(Cell):
    """The same, but r comes before the product."""

    def __init__(self, name, inputs, hidden, loop, dtype):
        super().__init__(name, inputs, hidden, 3, loop, dtype)
        self.recurrent_kernel = tf.get_variable(f"{name}/recurrent_kernel", (hidden, 2 * hidden), dtype)
        self.candidate_kernel = tf.get_variable(f"{name}/candidate_kernel", (hidden, hidden), dtype)

    def __call__(self, z_t, h):
        # TWIN: r comes before the product, as in TF1's GRUCell: the candidate has to wait for it
        k = h @ self.recurrent_kernel  # (N, 2H)
        (z_r, z_u, z_n), (k_r, k_u) = tf.split(z_t, 3, axis=1), tf.split(k, 2, axis=1)  # (N, H) each
        r, u = tf.sigmoid(z_r + k_r), tf.sigmoid(z_u + k_u)
        n = tf.tanh(z_n + (r * h) @ self.candidate_kernel)
        return (u * h + (1 - u) * n,)
