"""A deep net: K fully connected layers, with a choice of activation and of regularisation.

    z_i = h_{i-1} w_i + b_i,   h_i = f(z_i) mask_i        h_0: the pixels; the last layer has no f: logits = z_K
    f: sigmoid, tanh, a kind of ReLU, or maxout           (see parts/activations.py)
    loss = - mean log softmax(logits)[y] + l1 |w|_1 + l2/2 |w|^2 + sparseness KL(rate || activity)

Dropout: Srivastava et al. 2014. Sparseness: the divergence is summed over the hidden sigmoid units; the activity of a
unit is its mean over the batch (Ng 2011). Batch norm normalises h_{i-1} w_i, and its beta takes the place of b_i
(Ioffe & Szegedy 2015).

Twin: dynamic_torch/deep/deep_net.py
"""

from math import log

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts import activations
from static_tf.parts.normalization import BatchNorm


class DeepNet(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        for name, shape in config.shapes().items():  # w1, b1, a1 where slopes are learned, w2, ...
            setattr(self, name, tf.get_variable(name, shape, dtype))
        for i in range(1, config.depth) if config.batch_norm else ():
            columns = config.shapes()[f"w{i}"][1]
            setattr(
                self, f"norm{i}", BatchNorm(f"norm{i}", columns, config.decay, config.epsilon, self.training, dtype)
            )
        self.activation = activations.build(config)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out; of noise, what the configuration asks for
    # x: images (N, H, W, 1); y: digits (N,); dropout_mask, slope: for every hidden unit (N, K - 1, H)
    def inputs(self):  # placeholders, to be fed
        hidden = (None, self.config.depth - 1, self.config.width)
        randomised = self.config.activation == "randomised_relu"
        return {
            "x": tf.placeholder(self.dtype, (None, None, None, 1), "x"),
            "y": tf.placeholder(tf.int64, (None,), "y"),
            "dropout_mask": tf.placeholder(self.dtype, hidden, "dropout_mask") if self.config.dropout else None,
            "slope": tf.placeholder(self.dtype, hidden, "slope") if randomised else None,
        }

    # 2 How X connects to Y
    def forward(self, x, dropout_mask, slope):  # tensors, built once
        h = tf.reshape(x, (-1, self.config.inputs))  # (N, D)
        self.zs = []
        for i in range(1, self.config.depth):
            z = self.tap(f"z{i}", self.layer(i, h))  # (N, H), or (N, H k) of maxout
            h = self.activation(z, self.slope(i, slope))  # (N, H)
            if self.config.dropout:
                h = h * dropout_mask[:, i - 1]
            h = self.tap(f"h{i}", h)
            self.zs.append(z)
        return self.tap("logits", self.layer(self.config.depth, h))  # (N, 10)

    def layer(self, i, h):
        """h w + b, or batch norm of h w, whose beta takes the place of b."""
        z = h @ getattr(self, f"w{i}")
        if self.config.batch_norm and i < self.config.depth:
            return getattr(self, f"norm{i}")(z)
        return z + getattr(self, f"b{i}")

    def slope(self, i, drawn):
        """Slopes below zero of the hidden layer i, where they are drawn or learned."""
        return getattr(self, f"a{i}", None) if drawn is None else drawn[:, i - 1]

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))

    # 4 What it costs to be complicated: large weights, or units that are active too often or too seldom
    def regularizer(self):
        config, cost = self.config, 0.0
        ws = [getattr(self, f"w{i}") for i in range(1, config.depth + 1)]
        if config.l1:
            cost += config.l1 * tf.add_n([tf.reduce_sum(tf.abs(w)) for w in ws])
        if config.l2:
            # TWIN: l2_loss is half of the sum of squares; in PyTorch the half is written out
            cost += config.l2 * tf.add_n([tf.nn.l2_loss(w) for w in ws])
        if config.sparseness:
            cost += config.sparseness * tf.add_n([self.divergence(z) for z in self.zs])
        return cost

    def divergence(self, z):
        """KL divergence of the wanted rate from each unit's mean activity, computed from logarithms: the activity of a
        unit may be rounded to 0 or 1 in every row, and log 0 is infinite."""
        rate, rows = self.config.rate, tf.cast(tf.shape(z)[0], z.dtype)
        on = tf.reduce_logsumexp(tf.log_sigmoid(z), axis=0) - tf.log(rows)  # (H,) log mean h
        off = tf.reduce_logsumexp(tf.log_sigmoid(-z), axis=0) - tf.log(rows)  # (H,) log mean (1 - h)
        return tf.reduce_sum(rate * (log(rate) - on) + (1 - rate) * (log(1 - rate) - off))

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
