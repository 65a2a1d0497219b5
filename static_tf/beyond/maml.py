"""Learning to learn: weights from which one step of gradient descent, on ten points, fits any sinusoid.

    net(x; w) = tanh(tanh(x w1 + b1) w2 + b2) w3 + b3
    E(w) = mean over a task's support points of (net(x; w) - y)^2          w' = w - rate dE/dw          one inner step
    loss = mean over tasks, and over their query points, of (net(x; w') - y)^2

    dloss/dw = dloss/dw' (1 - rate d^2E/dw^2)          the gradient goes through the inner step: it is of second order
    first order: the matrix of second derivatives is left out

Finn, Abbeel & Levine 2017, "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks". With no inner step this
is one network trained on all tasks at once, which can only learn their average.

Twin: dynamic_torch/beyond/maml.py
"""

import tensorflow.compat.v1 as tf

from shared.beyond.maml import WEIGHTS
from static_tf.model import Model
from static_tf.optimizers import build


class MAML(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.w1 = tf.get_variable("w1", (1, config.hidden), dtype)
        self.b1 = tf.get_variable("b1", (1, config.hidden), dtype)
        self.w2 = tf.get_variable("w2", (config.hidden, config.hidden), dtype)
        self.b2 = tf.get_variable("b2", (1, config.hidden), dtype)
        self.w3 = tf.get_variable("w3", (config.hidden, 1), dtype)
        self.b3 = tf.get_variable("b3", (1, 1), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x_support, y_support: points that each task is adapted to (M, K, 1); x_query, y_query: to be judged on (M, Q, 1)
    def inputs(self):  # placeholders, to be fed
        points = (None, None, 1)
        return {
            "x_support": tf.placeholder(self.dtype, points, "x_support"),
            "y_support": tf.placeholder(self.dtype, points, "y_support"),
            "x_query": tf.placeholder(self.dtype, points, "x_query"),
            "y_query": tf.placeholder(self.dtype, points, "y_query"),
        }

    # 2 How X connects to Y
    def forward(self, x_support, y_support, x_query):  # tensors, built once
        weights = self.copies(tf.shape(x_support)[0])
        for step in range(1, self.config.inner_steps + 1):
            error = self.tap(f"error{step}", self.error(self.net(x_support, *weights), y_support))  # (M,)
            weights = self.moved(weights, error, step)
        return self.tap("y_", self.net(x_query, *weights))  # (M, Q, 1)

    def copies(self, tasks):
        """The weights, once for each task: from here on every task has its own."""
        shared = [getattr(self, name) for name in WEIGHTS]
        return [tf.tile(w[tf.newaxis], (tasks, 1, 1)) for w in shared]

    def net(self, x, w1, b1, w2, b2, w3, b3):
        h = tf.tanh(x @ w1 + b1)  # (M, K, H)
        h = tf.tanh(h @ w2 + b2)  # (M, K, H)
        return h @ w3 + b3  # (M, K, 1)

    def error(self, y_, y):
        return tf.reduce_mean(tf.square(y_ - y), (1, 2))

    def moved(self, weights, error, step):
        """The weights of each task after one inner step."""
        # TWIN: tf.gradients adds to the graph what computes the gradients, so they can be differentiated like the rest,
        # and stop_gradient has to forbid it; torch.autograd.grad returns constants unless create_graph asks otherwise
        gradients = tf.gradients(error, weights)  # of the sum over tasks: to each its own, because they share nothing
        if self.config.first_order:
            gradients = [tf.stop_gradient(g) for g in gradients]
        gradients = [self.tap(f"gradient{step}_{name}", g) for name, g in zip(WEIGHTS, gradients)]
        return [w - self.config.rate * g for w, g in zip(weights, gradients)]

    # 3 What it costs to be wrong; to be complicated costs nothing
    def loss(self, y_, y_query):
        return tf.reduce_mean(self.error(y_, y_query))

    # 4 How parameters move: by the outer step
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
