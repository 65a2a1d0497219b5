"""The update rules, as graph operations.

A rule makes its slots (what it remembers of each parameter) when it is made, and its operations in `minimize`.

| rule | w, after the gradient g | source |
|---|---|---|
| Momentum | v = momentum v + g;  w = w - learning_rate v | Polyak 1964; Sutskever et al. 2013 without Nesterov |
| Adam | m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2; | Kingma & Ba 2015, Algorithm 1 |
|      | w = w - learning_rate m^ / (sqrt(v^) + epsilon),  m^ = m / (1 - beta1^t),  v^ = v / (1 - beta2^t) | |

Twin: dynamic_torch/updates.py
"""

import tensorflow.compat.v1 as tf


class UpdateRule:
    """What all rules share: parameters by canonical name, and slots beside them, called `<parameter>/<slot>`."""

    def __init__(self, parameters: dict[str, tf.Variable]):
        self.parameters = parameters

    def _slots(self, slot: str) -> list[tf.Variable]:
        """One variable of zeros like each parameter."""
        return [
            tf.get_variable(f"{name}/{slot}", w.shape, w.dtype, tf.zeros_initializer(), trainable=False)
            for name, w in self.parameters.items()
        ]

    def minimize(self, loss: tf.Tensor) -> tf.Operation:
        """The operation that moves every parameter one step down the gradient of `loss`."""
        gradients = tf.gradients(loss, list(self.parameters.values()))
        # TWIN: the gradient of a look-up is sparse in TF1, and is made dense, as PyTorch's is
        gradients = [tf.convert_to_tensor(g) for g in gradients]
        with tf.control_dependencies([loss, *gradients]):  # nothing moves before all is read
            return self.apply(gradients)

    def apply(self, gradients: list[tf.Tensor]) -> tf.Operation:
        """The operation that moves every parameter by its gradient."""
        raise NotImplementedError


class Momentum(UpdateRule):
    """Gradient descent with a velocity. Slot: `momentum`."""

    def __init__(self, parameters: dict[str, tf.Variable], learning_rate: float, momentum: float = 0.9):
        super().__init__(parameters)
        self.learning_rate, self.momentum = learning_rate, momentum
        self.velocities = self._slots("momentum")

    def apply(self, gradients: list[tf.Tensor]) -> tf.Operation:
        """v = momentum v + g;  w = w - learning_rate v"""
        steps = []
        for w, v, g in zip(self.parameters.values(), self.velocities, gradients):
            steps.append(
                tf.raw_ops.ResourceApplyMomentum(
                    var=w.handle,
                    accum=v.handle,
                    lr=tf.constant(self.learning_rate, w.dtype),
                    grad=g,
                    momentum=tf.constant(self.momentum, w.dtype),
                )
            )
        return tf.group(*steps)


class Adam(UpdateRule):
    """Steps as long as the gradient is steady. Slots: `m`, `v`, and `<name>/step`, the number of steps taken."""

    def __init__(
        self,
        parameters: dict[str, tf.Variable],
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        name: str = "adam",
    ):
        super().__init__(parameters)
        self.learning_rate, self.beta1, self.beta2, self.epsilon = learning_rate, beta1, beta2, epsilon
        self.m, self.v = self._slots("m"), self._slots("v")
        self.step = tf.get_variable(f"{name}/step", (), tf.float32, tf.zeros_initializer(), trainable=False)

    def apply(self, gradients: list[tf.Tensor]) -> tf.Operation:
        """m and v, corrected for their start at zero;  w = w - learning_rate m^ / (sqrt(v^) + epsilon)"""
        t = tf.cast(self.step.assign_add(1.0), tf.float64)
        # TWIN: written out, for TF1's own kernel does two things otherwise: it adds epsilon to sqrt(v), not sqrt(v^);
        # and in float32 it computes 1 - beta2 from a rounded 0.999, which makes v wrong by 1e-5
        size, root = self.learning_rate / (1 - self.beta1**t), 1 / tf.sqrt(1 - self.beta2**t)
        steps = []
        for w, m, v, g in zip(self.parameters.values(), self.m, self.v, gradients):
            m = m.assign(self.beta1 * m + (1 - self.beta1) * g)
            v = v.assign(self.beta2 * v + (1 - self.beta2) * tf.square(g))
            step = tf.cast(size, w.dtype) * m / (tf.sqrt(v) * tf.cast(root, w.dtype) + self.epsilon)
            steps.append(w.assign_sub(step))
        return tf.group(*steps)
