"""An autoencoder: a network that reproduces its input through a code of few numbers, or from a noisy copy.

    h = s(x~ w1 + b1)         z = h w2 + b2         y = sigmoid(z), or z         s: sigmoid, or the identity
    loss = mean over examples of the sum over pixels of - x log y - (1 - x) log(1 - y), or of (x - y)^2

x~ is x itself, or x with some pixels set to zero, which a network can restore only if it has learned how pixels depend
on each other (denoising: Vincent et al. 2008). Tied weights: w2 is w1 transposed. A linear autoencoder with tied
weights and squared error finds the subspace of the principal components (Baldi & Hornik 1989). Autoencoders can be
stacked, each trained on the codes of the one before, to initialise a deep net (Bengio et al. 2007).

Twin: dynamic_torch/deep/autoencoder.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build


class Autoencoder(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.w1 = tf.get_variable("w1", (config.inputs, config.hidden), dtype)
        self.b1 = tf.get_variable("b1", (config.hidden,), dtype)
        if not config.tied:
            self.w2 = tf.get_variable("w2", (config.hidden, config.inputs), dtype)
        self.b2 = tf.get_variable("b2", (config.inputs,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: images (N, D); noisy: copies of them, with or without noise (N, D)
    def inputs(self):  # placeholders, to be fed
        shape = (None, self.config.inputs)
        return {"x": tf.placeholder(self.dtype, shape, "x"), "noisy": tf.placeholder(self.dtype, shape, "noisy")}

    # 2 How X connects to Y
    def forward(self, noisy):  # tensors, built once
        h = self.tap("h", self.encoder(noisy))  # (N, H)
        return self.tap("z", self.decoder(h))  # (N, D)

    def encoder(self, x):
        h = x @ self.w1 + self.b1
        return h if self.config.code == "linear" else tf.sigmoid(h)

    def decoder(self, h):
        # TWIN: a TF1 tensor has no .T: the product transposes w1; in PyTorch .T is a view, nothing is copied
        return (tf.matmul(h, self.w1, transpose_b=True) if self.config.tied else h @ self.w2) + self.b2

    # 3 What it costs to be wrong, in every pixel; to be complicated costs nothing
    def loss(self, z, x):
        if self.config.error == "squared":
            losses = tf.square(x - z)  # (N, D)
        else:
            losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=z)  # (N, D)
        return tf.reduce_mean(tf.reduce_sum(losses, 1))

    # 4 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
