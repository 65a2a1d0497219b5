"""A restricted Boltzmann machine: visible units for the data, hidden units for the dependencies between them.

    p(v, h) = exp(v a + h b + v w h) / Z         h = p(h = 1 | x) = sigmoid(x w + b)
    F(v) = - log of the sum over h of exp(v a + h b + v w h) = - v a - sum over hidden units of log(1 + exp(v w + b))
    loss = mean F(x) - mean F(v),  v a sample of the model, held constant: d loss / dw = <v h>_model - <v h>_data

Gradient descent makes the data more likely and the samples of the model less so, until both have the same distribution.
A sample is the end of a Markov chain that draws the hidden units given the visible ones, and the visible units given
the hidden ones, T times: from the data (contrastive divergence: Hinton 2002), or from where the chain stopped at the
last step (persistent: Tieleman 2008).

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
    # x: images (N, V); u_h, u_v: uniform numbers for each step of the chain (N, T, H), (N, T, V)
    def inputs(self):  # placeholders, to be fed
        visible, hidden, steps = self.config.visible, self.config.hidden, self.config.steps
        return {
            "x": tf.placeholder(self.dtype, (None, visible), "x"),
            "u_h": tf.placeholder(self.dtype, (None, steps, hidden), "u_h"),
            "u_v": tf.placeholder(self.dtype, (None, steps, visible), "u_v"),
        }

    # 2 How X connects to its free energy: - log p(x), up to a constant
    def forward(self, x):  # tensors, built once
        # TWIN: the loss does not depend on h: a training step of the graph skips it, eager code runs it
        self.tap("h", self.hidden(x))  # (N, H)
        return self.tap("f_x", self.free_energy(x))  # (N,)

    def free_energy(self, v):
        # TWIN: log(1 + exp z) is not written as softplus(z), which in PyTorch is linear above 20
        z = v @ self.w + self.b  # (N, H)
        return tf.reduce_sum(tf.log_sigmoid(-z), 1) - tf.reduce_sum(v * self.a, 1)

    def hidden(self, v):
        """The probability of each hidden unit, given the visible ones."""
        return tf.sigmoid(v @ self.w + self.b)

    def visible(self, h):
        """The probability of each visible unit, given the hidden ones."""
        return tf.sigmoid(tf.matmul(h, self.w, transpose_b=True) + self.a)

    def chain(self, v, u_h, u_v):
        """T times to the hidden units and back. It may end with the probabilities of the visible units: less noise."""
        for t in range(self.config.steps):
            p_h = self.tap(f"p_h{t + 1}", self.hidden(v))  # (N, H)
            h = self.tap(f"h{t + 1}", self.sample(p_h, u_h[:, t]))  # (N, H)
            p_v = self.tap(f"p_v{t + 1}", self.visible(h))  # (N, V)
            v = self.tap(f"v{t + 1}", self.sample(p_v, u_v[:, t]))  # (N, V)
        return p_v if self.config.means else v

    def sample(self, p, u):
        """1 with probability p, else 0. Where p and u differ by rounding only, float32 and float64 may disagree by a
        whole unit: about once in ten million draws."""
        return tf.cast(u < p, self.dtype)

    # 3 What it costs to be wrong: the free energy of the data above that of samples of the model
    def loss(self, f_x, x, u_h, u_v):
        rows = tf.shape(x)[0]
        persistent = self.config.persistent
        v = self.chains[:rows] if persistent else x  # one chain for each row of the batch
        v = tf.stop_gradient(self.chain(v, u_h, u_v))  # the sample is a constant: no gradient through the chain
        if persistent:
            # TWIN: no output depends on this assignment: a graph collects it for the training step, eager code runs it
            tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, self.chains[:rows].assign(v))
        f_v = self.tap("f_v", self.free_energy(v))  # (N,)
        return tf.reduce_mean(f_x) - tf.reduce_mean(f_v)

    # 4 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
