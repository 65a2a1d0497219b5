"""A restricted Boltzmann machine: visible units that show the data, hidden ones that say what goes with what.

    p(v, h) = exp(v a + h b + v w h) / Z         h = p(h = 1 | x) = sigmoid(x w + b)
    F(v) = - log of the sum over h of exp(v a + h b + v w h) = - v a - sum over hidden units of log(1 + exp(v w + b))
    loss = mean F(x) - mean F(v),  v where a chain has come to, held: its gradient by w is <v h>_model - <v h>_data

Descent makes the data likelier and what the model says by itself less so, until they are the same. What it says by
itself is sampled: visible units given hidden ones and hidden ones given visible, in turn; T times, from the data
(contrastive divergence: Hinton 2002) or from where the last step left the chain (persistent: Tieleman 2008).

Twin: dynamic_torch/deep/rbm.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build


class RBM(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.w = tf.get_variable("w", (config.visible, config.hidden), dtype)
        self.a = tf.get_variable("a", (config.visible,), dtype)
        self.b = tf.get_variable("b", (config.hidden,), dtype)
        if config.persistent:
            self.chains = tf.get_variable("chains", (config.batch, config.visible), dtype, trainable=False)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what makes units random
    def inputs(self):  # placeholders, to be fed
        visible, hidden, steps = self.config.visible, self.config.hidden, self.config.steps
        return {
            "x": tf.placeholder(self.dtype, (None, visible), "x"),
            "u_h": tf.placeholder(self.dtype, (None, steps, hidden), "u_h"),
            "u_v": tf.placeholder(self.dtype, (None, steps, visible), "u_v"),
        }

    # 2 How X connects to how likely it is, which its free energy says
    def forward(self, x):  # tensors, built once
        # TWIN: the loss does not need this one, so a training step of the graph leaves it out; eager code runs it
        self.tap("h", self.hidden(x))  # (N, H)
        return self.tap("f_x", self.free_energy(x))  # (N,)

    def free_energy(self, v):
        # TWIN: log(1 + exp z) is not softplus(z), which in PyTorch becomes a line from 20 on
        return tf.reduce_sum(tf.log_sigmoid(-(v @ self.w + self.b)), 1) - tf.reduce_sum(v * self.a, 1)

    def hidden(self, v):
        """The probability of each hidden unit, given the visible ones."""
        return tf.sigmoid(v @ self.w + self.b)

    def visible(self, h):
        """The probability of each visible unit, given the hidden ones."""
        return tf.sigmoid(tf.matmul(h, self.w, transpose_b=True) + self.a)

    def chain(self, v, u_h, u_v):
        """T times to the hidden units and back. The last visible units may be their probabilities: less noise."""
        for t in range(self.config.steps):
            p_h = self.tap(f"p_h{t + 1}", self.hidden(v))  # (N, H)
            h = self.tap(f"h{t + 1}", self.sample(p_h, u_h[:, t]))  # (N, H)
            p_v = self.tap(f"p_v{t + 1}", self.visible(h))  # (N, V)
            v = self.tap(f"v{t + 1}", self.sample(p_v, u_v[:, t]))  # (N, V)
        return p_v if self.config.means else v

    def sample(self, p, u):
        """1 with probability p, else 0. Where p and u are a rounding apart, float32 and float64 may well disagree: once
        in ten million times, and then by a whole unit."""
        return tf.cast(u < p, self.dtype)

    # 3 What it costs to be wrong: what the data cost more than the model's own; and nothing for being complicated
    def loss(self, f_x, x, u_h, u_v):
        rows = tf.shape(x)[0]
        persistent = self.config.persistent
        v = self.chains[:rows] if persistent else x  # a row of the batch moves a chain
        v = tf.stop_gradient(self.chain(v, u_h, u_v))  # where it has come to is a fact, and no function of w
        if persistent:
            # TWIN: an operation that no output asks for, so a step must: it waits for it in a collection of the graph
            tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, self.chains[:rows].assign(v))
        f_v = self.tap("f_v", self.free_energy(v))  # (N,)
        return tf.reduce_mean(f_x) - tf.reduce_mean(f_v)

    # 4 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
