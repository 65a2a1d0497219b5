"""A variational autoencoder: an image is a random code, decoded; training raises a bound on the image's likelihood.

    h = tanh(x w1 + b1)          mean, log_variance = h w2 + b2, h w3 + b3          q(z | x) = N(mean, variance)
    p(z) = N(0, 1)          logits = tanh(z w4 + b4) w5 + b5          p(x | z) = Bernoulli(sigmoid(logits))
    bound = log p(x | z) - KL(q(z | x) || p(z)), on average at most log p(x)
    KL = sum of (mean^2 + variance - log_variance - 1) / 2

Kingma & Welling 2014. The code is drawn as mean + deviation x noise, where the noise comes from outside
(reparameterisation): so a gradient flows through the drawing, down to the encoder.

Twin: dynamic_torch/generative/vae.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build


class VAE(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.w1 = tf.get_variable("w1", (config.inputs, config.hidden), dtype)
        self.b1 = tf.get_variable("b1", (config.hidden,), dtype)
        self.w2 = tf.get_variable("w2", (config.hidden, config.latent), dtype)
        self.b2 = tf.get_variable("b2", (config.latent,), dtype)
        self.w3 = tf.get_variable("w3", (config.hidden, config.latent), dtype)
        self.b3 = tf.get_variable("b3", (config.latent,), dtype)
        self.w4 = tf.get_variable("w4", (config.latent, config.hidden), dtype)
        self.b4 = tf.get_variable("b4", (config.hidden,), dtype)
        self.w5 = tf.get_variable("w5", (config.hidden, config.inputs), dtype)
        self.b5 = tf.get_variable("b5", (config.inputs,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: images in black or white (N, D); noise: of the codes (N, L)
    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(self.dtype, (None, self.config.inputs), "x"),
            "noise": tf.placeholder(self.dtype, (None, self.config.latent), "noise"),
        }

    # 2 How X connects to Y
    def forward(self, x, noise):  # tensors, built once
        mean, log_variance = self.encoder(x)
        z = self.tap("z", mean + tf.exp(log_variance / 2) * noise)  # (N, L)
        log_likelihood = self.tap("log_likelihood", self.log_likelihood(x, self.decoder(z)))  # (N,)
        divergence = self.tap("divergence", self.divergence(mean, log_variance))  # (N,)
        return self.tap("bound", log_likelihood - divergence)  # (N,)

    def encoder(self, x):
        h = tf.tanh(x @ self.w1 + self.b1)  # (N, H)
        mean = self.tap("mean", h @ self.w2 + self.b2)  # (N, L)
        return mean, self.tap("log_variance", h @ self.w3 + self.b3)

    def decoder(self, z):
        h = tf.tanh(z @ self.w4 + self.b4)  # (N, H)
        return self.tap("logits", h @ self.w5 + self.b5)  # (N, D)

    def log_likelihood(self, x, logits):
        """The logarithm of the probability of the pixels, given the code."""
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=logits)  # (N, D)
        return -tf.reduce_sum(losses, 1)

    def divergence(self, mean, log_variance):
        """KL(N(mean, variance) || N(0, 1)) of each code, in nats."""
        return tf.reduce_sum(tf.square(mean) + tf.exp(log_variance) - log_variance - 1, 1) / 2

    # 3 What it costs to be wrong; to be complicated costs the divergence, which is in the bound
    def loss(self, bound):
        return -tf.reduce_mean(bound)

    # 4 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
