"""Learning to learn: weights from which one step of gradient descent, on ten points, fits any sinusoid.

    net(x; w) = tanh(tanh(x w1 + b1) w2 + b2) w3 + b3
    E(w) = mean over a task's support points of (net(x; w) - y)^2          w' = w - rate dE/dw          one inner step
    loss = mean over tasks, and over their query points, of (net(x; w') - y)^2

    dloss/dw = dloss/dw' (1 - rate d^2E/dw^2)          the gradient goes through the inner step: it is of second order
    first order: the matrix of second derivatives is left out

Finn, Abbeel & Levine 2017, "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks". With no inner step this
is one network trained on all tasks at once, which can only learn their average.

Twin: static_tf/beyond/maml.py
"""

import torch
from torch import nn

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from shared.beyond.maml import WEIGHTS


class MAML(Model):
    def __init__(self, config):
        super().__init__(config)
        self.w1 = nn.Parameter(torch.empty(1, config.hidden))
        self.b1 = nn.Parameter(torch.empty(1, config.hidden))
        self.w2 = nn.Parameter(torch.empty(config.hidden, config.hidden))
        self.b2 = nn.Parameter(torch.empty(1, config.hidden))
        self.w3 = nn.Parameter(torch.empty(config.hidden, 1))
        self.b3 = nn.Parameter(torch.empty(1, 1))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x_support, y_support: points that each task is adapted to (M, K, 1); x_query, y_query: to be judged on (M, Q, 1)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x_support, y_support, x_query):  # a function, run at every step
        with torch.enable_grad():  # the inner step needs gradients also where a prediction turns them off
            weights = self.copies(len(x_support))
            for step in range(1, self.config.inner_steps + 1):
                error = self.tap(f"error{step}", self.error(self.net(x_support, *weights), y_support))  # (M,)
                weights = self.moved(weights, error, step)
        return self.tap("y_", self.net(x_query, *weights))  # (M, Q, 1)

    def copies(self, tasks):
        """The weights, once for each task: from here on every task has its own."""
        shared = [getattr(self, name) for name in WEIGHTS]
        return [w.expand(tasks, -1, -1) for w in shared]

    def net(self, x, w1, b1, w2, b2, w3, b3):
        h = torch.tanh(x @ w1 + b1)  # (M, K, H)
        h = torch.tanh(h @ w2 + b2)  # (M, K, H)
        return h @ w3 + b3  # (M, K, 1)

    def error(self, y_, y):
        return torch.mean(torch.square(y_ - y), (1, 2))

    def moved(self, weights, error, step):
        """The weights of each task after one inner step."""
        # TWIN: tf.gradients adds to the graph what computes the gradients, so they can be differentiated like the rest,
        # and stop_gradient has to forbid it; torch.autograd.grad returns constants unless create_graph asks otherwise
        second_order = not self.config.first_order
        # Of the sum over tasks: to each its own, because they share nothing
        gradients = torch.autograd.grad(error.sum(), weights, create_graph=second_order)
        gradients = [self.tap(f"gradient{step}_{name}", g) for name, g in zip(WEIGHTS, gradients)]
        return [w - self.config.rate * g for w, g in zip(weights, gradients)]

    # 3 What it costs to be wrong; to be complicated costs nothing
    def loss(self, y_, y_query):
        return torch.mean(self.error(y_, y_query))

    # 4 How parameters move: by the outer step
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
