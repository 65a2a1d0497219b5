"""Two players: a generator makes points or images from noise, a discriminator tells them from real ones.

    fake = generator(noise)          D: the discriminator's log-odds of being real          s = sigmoid(D(fake))
    discriminator's loss = - mean log sigmoid(D(real)) - mean log sigmoid(- D(fake))
    generator's loss = mean log sigmoid(- D(fake)), minimax: the slope of a term in its D(fake) is - s
                  or - mean log sigmoid(D(fake)), non-saturating: it is s - 1

Goodfellow et al. 2014, Algorithm 1 with one step each. In the minimax game the generator wins what the discriminator
loses on fakes. Both losses pull D(fake) up, equally hard at s = 1/2. But where the discriminator is sure of a fake, s
is 0, and so is the slope of the minimax loss: it saturates (section 3).

The players move in turn, on the same noise:
1. the discriminator reads noise and real data; the generator is held fixed;
2. the generator reads noise alone, and plays against the discriminator as it is after its step, held fixed in turn.

Twin: dynamic_torch/generative/gan.py
"""

import tensorflow.compat.v1 as tf

from shared.players import Player
from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts.activations import LeakyReLU


class MLP:
    """A multilayer perceptron of three layers, with a leaky ReLU after the first two; a slope of 0 makes it a ReLU."""

    def __init__(self, name, inputs, hidden, outputs, negative_slope, dtype):
        self.activation = LeakyReLU(negative_slope)
        self.w1 = tf.get_variable(f"{name}/w1", (inputs, hidden), dtype)
        self.b1 = tf.get_variable(f"{name}/b1", (hidden,), dtype)
        self.w2 = tf.get_variable(f"{name}/w2", (hidden, hidden), dtype)
        self.b2 = tf.get_variable(f"{name}/b2", (hidden,), dtype)
        self.w3 = tf.get_variable(f"{name}/w3", (hidden, outputs), dtype)
        self.b3 = tf.get_variable(f"{name}/b3", (outputs,), dtype)

    def __call__(self, x):
        h = self.activation(x @ self.w1 + self.b1)  # (N, H)
        h = self.activation(h @ self.w2 + self.b2)  # (N, H)
        return h @ self.w3 + self.b3


class GAN(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.generator = MLP("generator", config.noise, config.hidden, config.outputs, negative_slope=0.0, dtype=dtype)
        self.discriminator = MLP(
            "discriminator", config.outputs, config.hidden, 1, negative_slope=config.negative_slope, dtype=dtype
        )
        self.discriminator_optimizer = build(config.optimizer, name="discriminator")
        self.generator_optimizer = build(config.optimizer, name="generator")

    # 1 What goes in, and what should come out
    # noise: of the generator (N, Z); real: points or images of the data (N, D)
    def inputs(self):  # placeholders, to be fed
        return {
            "noise": tf.placeholder(self.dtype, (None, self.config.noise), "noise"),
            "real": tf.placeholder(self.dtype, (None, self.config.outputs), "real"),
        }

    # 2 How X connects to Y
    def forward(self, noise):  # tensors, built once
        fake = self.generator(noise)  # (N, D)
        if self.config.data == "digits":
            fake = tf.sigmoid(fake)  # the ink of a pixel lies between 0 and 1
        return self.tap("fake", fake)

    # 3 What it costs each player to be wrong; to be complicated costs nothing
    def discriminator_loss(self, noise, real):
        real_logits = self.tap("real_logits", self.discriminator(real))  # (N, 1)
        fake_logits = self.tap("fake_logits", self.discriminator(self(noise)))  # (N, 1)
        # TWIN: not written as softplus(- D), which is linear above 20 in PyTorch: that changes a float64 result by 1e-9
        return -tf.reduce_mean(tf.log_sigmoid(real_logits)) - tf.reduce_mean(tf.log_sigmoid(-fake_logits))

    def generator_loss(self, noise):
        fake_logits = self.tap("fake_logits", self.discriminator(self(noise)))  # (N, 1)
        if self.config.loss == "minimax":
            return tf.reduce_mean(tf.log_sigmoid(-fake_logits))  # the discriminator's own term, negated
        return -tf.reduce_mean(tf.log_sigmoid(fake_logits))

    # 4 How parameters move, each player in turn
    def players(self):
        # Of each: the loss, whose arguments are all that its step reads; the parameters that move; how they move
        own = self.canonical_parameters
        discriminator = self.discriminator_loss, own("discriminator/"), self.update_discriminator
        generator = self.generator_loss, own("generator/"), self.update_generator
        return [Player("discriminator", *discriminator), Player("generator", *generator)]

    def update_discriminator(self, loss):  # an operation, to be run
        # TWIN: only the variables of var_list move: the generator stays as it is
        return self.discriminator_optimizer.minimize(loss, var_list=self.parameters("discriminator/"))

    def update_generator(self, loss):
        # TWIN: only the variables of var_list move: the discriminator stays as it is
        return self.generator_optimizer.minimize(loss, var_list=self.parameters("generator/"))
