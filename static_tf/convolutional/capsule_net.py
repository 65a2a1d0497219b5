"""A capsule net: a capsule is a vector; its length says whether an entity is present, its direction describes it.

    v = |s|^2 / (1 + |s|^2)  s / |s|                                  squash: the direction of s, a length < 1  (eq. 1)
    s_j = sum over i of c_ij u^_j|i,   u^_j|i = u_i w_ij              total input of capsule j                  (eq. 2)
    c_ij = softmax over j of b_ij,     b_ij = 0 at first              coupling coefficients                     (eq. 3)
    b_ij = b_ij + u^_j|i . v_j                                        stronger where prediction and output agree
    margin loss = sum over j of  T_j max(0, m+ - |v_j|)^2 + lambda (1 - T_j) max(0, |v_j| - m-)^2               (eq. 4)
    loss = mean (margin loss + weight |x - decoder(v_y)|^2)           T_j = 1 for j = y, else 0

Sabour, Frosst & Hinton 2017, with Procedure 1 for the routing. The paper does not say how gradients pass through the
routing. Here they pass through all iterations, because the routing is part of the function whose loss is minimised;
stopped in all but the last iteration, as in some ports, they would not be the gradient of any function.

Twin: dynamic_torch/convolutional/capsule_net.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build


class CapsuleNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    layouts = {}

    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        c, size = config, config.types * config.primary
        self.kernel1 = tf.get_variable("kernel1", (c.kernel, c.kernel, 1, c.channels), dtype)
        self.bias1 = tf.get_variable("bias1", (c.channels,), dtype)
        self.kernel2 = tf.get_variable("kernel2", (c.capsule_kernel, c.capsule_kernel, c.channels, size), dtype)
        self.bias2 = tf.get_variable("bias2", (size,), dtype)
        self.w = tf.get_variable("w", (c.capsules, 10, c.primary, c.digit), dtype)
        self.w1 = tf.get_variable("w1", (10 * c.digit, c.hidden1), dtype)
        self.b1 = tf.get_variable("b1", (c.hidden1,), dtype)
        self.w2 = tf.get_variable("w2", (c.hidden1, c.hidden2), dtype)
        self.b2 = tf.get_variable("b2", (c.hidden2,), dtype)
        self.w3 = tf.get_variable("w3", (c.hidden2, c.side * c.side), dtype)
        self.b3 = tf.get_variable("b3", (c.side * c.side,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: images (N, 8, 8, 1); y: the digits that they show (N,)
    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(self.dtype, (None, self.config.side, self.config.side, 1), "x"),
            "y": tf.placeholder(tf.int64, (None,), "y"),
        }

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        h = tf.nn.conv2d(x, self.kernel1, padding="VALID") + self.bias1
        h = self.tap("h", tf.nn.relu(h))  # (N, 6, 6, C)
        u = tf.nn.conv2d(h, self.kernel2, strides=2, padding="VALID") + self.bias2  # (N, 2, 2, types K)
        u = tf.reshape(u, (-1, self.config.capsules, self.config.primary))
        u = self.tap("u", self.squash(u))  # (N, I, K)
        u_hat = self.tap("u_hat", tf.einsum("nik,ijkd->njid", u, self.w))  # (N, 10, I, D)
        return self.tap("v", self.route(u_hat))  # (N, 10, D)

    def length(self, s):
        """|s| along the last axis, which is kept."""
        # TWIN: at 0 the gradient of tf.norm is NaN and that of torch.norm is 0; with epsilon under the root both are 0
        return tf.sqrt(tf.reduce_sum(tf.square(s), axis=-1, keepdims=True) + self.config.epsilon)

    def squash(self, s):
        length = self.length(s)
        return length / (1 + tf.square(length)) * s

    def route(self, u_hat):
        """Routing by agreement.

        TWIN: the loop runs while the graph is built, so every iteration is a copy; in eager code it runs at every step.

        Procedure 1 also updates b after the last iteration, where it has no effect.
        """
        b = tf.zeros_like(u_hat[..., 0])  # (N, 10, I)
        v = self.iteration(1, b, u_hat)  # (N, 10, D)
        for i in range(2, self.config.iterations + 1):
            b = b + tf.einsum("njid,njd->nji", u_hat, v)
            v = self.iteration(i, b, u_hat)
        return v

    def iteration(self, i, b, u_hat):
        """Coupling coefficients, total inputs, outputs."""
        c = self.tap(f"c{i}", tf.nn.softmax(b, axis=1))  # (N, 10, I), with a sum of 1 over j
        s = self.tap(f"s{i}", tf.einsum("nji,njid->njd", c, u_hat))  # (N, 10, D)
        return self.squash(s)

    # 3 What it costs to be wrong: about the digit, and about the image
    def loss(self, v, x, y):
        t = tf.one_hot(y, 10, dtype=self.dtype)  # (N, 10)
        error = tf.reduce_sum(tf.square(x - self.reconstruction(v, t)), axis=(1, 2, 3))
        return tf.reduce_mean(self.margin_loss(v, t) + self.config.reconstruction * error)

    def margin_loss(self, v, t):
        """0 where the capsule of the digit is longer than m+ and all others are shorter than m-."""
        c = self.config
        lengths = self.tap("lengths", self.length(v)[..., 0])  # (N, 10)
        too_short = t * tf.square(tf.nn.relu(c.present - lengths))
        too_long = (1 - t) * tf.square(tf.nn.relu(lengths - c.absent))
        return tf.reduce_sum(too_short + c.absent_weight * too_long, axis=1)  # (N,)

    def reconstruction(self, v, t):
        """The image, decoded from the capsule of its digit: all others are set to 0."""
        masked = tf.reshape(v * t[..., tf.newaxis], (-1, 10 * self.config.digit))  # (N, 10 D)
        h1 = self.tap("h1", tf.nn.relu(masked @ self.w1 + self.b1))  # (N, H1)
        h2 = self.tap("h2", tf.nn.relu(h1 @ self.w2 + self.b2))  # (N, H2)
        pixels = tf.sigmoid(h2 @ self.w3 + self.b3)  # (N, 64)
        return self.tap("reconstruction", tf.reshape(pixels, (-1, self.config.side, self.config.side, 1)))

    # 4 What it costs to be complicated: nothing, because the reconstruction regularises
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
