"""The update rules, as graph operations.

A rule makes its slots (what it remembers of each parameter) when it is made, and its operations in `minimize`.

| rule | w, after the gradient g | source |
|---|---|---|
| Momentum | v = momentum v + g;  w = w - learning_rate v | Polyak 1964; Sutskever et al. 2013 without Nesterov |
| Adam | m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2; | Kingma & Ba 2015, Algorithm 1 |
|      | w = w - learning_rate m^ / (sqrt(v^) + epsilon),  m^ = m / (1 - beta1^t),  v^ = v / (1 - beta2^t) | |

Twin: dynamic_torch/updates.py
"""

from typing import Any

import tensorflow.compat.v1 as tf

from shared import updates as settings_of
from shared.updates import Rule


class UpdateRule:
    """What all rules share: parameters by canonical name, and slots beside them, called `<parameter>/<slot>`."""

    def __init__(self, settings: Any, parameters: dict[str, tf.Variable], name: str):
        self.settings, self.parameters, self.name = settings, parameters, name

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

    def __init__(self, settings: settings_of.Momentum, parameters: dict[str, tf.Variable], name: str):
        super().__init__(settings, parameters, name)
        self.velocities = self._slots("momentum")

    def apply(self, gradients: list[tf.Tensor]) -> tf.Operation:
        """v = momentum v + g;  w = w - learning_rate v"""
        steps = []
        for w, v, g in zip(self.parameters.values(), self.velocities, gradients):
            steps.append(
                tf.raw_ops.ResourceApplyMomentum(
                    var=w.handle,
                    accum=v.handle,
                    lr=tf.constant(self.settings.learning_rate, w.dtype),
                    grad=g,
                    momentum=tf.constant(self.settings.momentum, w.dtype),
                )
            )
        return tf.group(*steps)


class Adam(UpdateRule):
    """Steps as long as the gradient is steady. Slots: `m`, `v`, and `<name>/step`, the number of steps taken."""

    def __init__(self, settings: settings_of.Adam, parameters: dict[str, tf.Variable], name: str):
        super().__init__(settings, parameters, name)
        self.m, self.v = self._slots("m"), self._slots("v")
        self.step = tf.get_variable(f"{name}/step", (), tf.float32, tf.zeros_initializer(), trainable=False)

    def apply(self, gradients: list[tf.Tensor]) -> tf.Operation:
        """m and v, corrected for their start at zero;  w = w - learning_rate m^ / (sqrt(v^) + epsilon)"""
        beta1, beta2, epsilon = self.settings.beta1, self.settings.beta2, self.settings.epsilon
        t = tf.cast(self.step.assign_add(1.0), tf.float64)
        # TWIN: written out, for TF1's own kernel does two things otherwise: it adds epsilon to sqrt(v), not sqrt(v^);
        # and in float32 it computes 1 - beta2 from a rounded 0.999, which makes v wrong by 1e-5
        size, root = self.settings.learning_rate / (1 - beta1**t), 1 / tf.sqrt(1 - beta2**t)
        steps = []
        for w, m, v, g in zip(self.parameters.values(), self.m, self.v, gradients):
            m = m.assign(beta1 * m + (1 - beta1) * g)
            v = v.assign(beta2 * v + (1 - beta2) * tf.square(g))
            step = tf.cast(size, w.dtype) * m / (tf.sqrt(v) * tf.cast(root, w.dtype) + epsilon)
            steps.append(w.assign_sub(step))
        return tf.group(*steps)


def update_rule(settings: Rule, parameters: dict[str, tf.Variable], name: str = "rule") -> UpdateRule:
    """The rule that runs these settings. What it keeps of all parameters together is called `<name>/<slot>`."""
    kinds: dict[type[Rule], type[UpdateRule]] = {settings_of.Momentum: Momentum, settings_of.Adam: Adam}
    return kinds[type(settings)](settings, parameters, name)
