"""The optimizers, as graph operations: TF1's own kernels where they compute the formula that is meant.

An optimizer makes its slots (what it remembers of each parameter) when it is made, and its operations in `minimize`.
Formulas and sources are in shared/optimizers.py. TF1's optimizers round a Python number to float32; so here every
setting becomes a constant of its variable's type.

Twin: dynamic_torch/optimizers.py
"""

from typing import Any

import tensorflow.compat.v1 as tf

from shared import optimizers as shared
from shared.bfgs import HostStep
from shared.optimizers import Exponential, InverseTime, OptimizerConfig


def build(settings: OptimizerConfig, parameters: dict[str, tf.Variable], name: str = "optimizer") -> "Optimizer":
    """The optimizer that runs these settings. What it keeps of all parameters together is called `<name>/<slot>`."""
    kinds: dict[type[OptimizerConfig], type[Optimizer]] = {
        shared.GradientDescent: GradientDescent,
        shared.Momentum: Momentum,
        shared.Nesterov: Nesterov,
        shared.Adagrad: Adagrad,
        shared.Adadelta: Adadelta,
        shared.RMSProp: RMSProp,
        shared.Adam: Adam,
        shared.BFGS: BFGS,
    }
    return kinds[type(settings)](settings, parameters, name)


class Optimizer:
    """What all optimizers share: settings, parameters by canonical name, and a name for what is kept of all of them."""

    def __init__(self, settings: Any, parameters: dict[str, tf.Variable], name: str):
        self.settings, self.parameters, self.name = settings, parameters, name

    def minimize(self, loss: tf.Tensor) -> tf.Operation | HostStep:
        """The operation that moves every parameter one step down the gradient of `loss`."""
        raise NotImplementedError

    def gradients(self, loss: tf.Tensor) -> list[tf.Tensor]:
        """The gradient of `loss` with respect to each parameter."""
        # TWIN: the gradient of a look-up is sparse in TF1, and is made dense, as PyTorch's is
        return [tf.convert_to_tensor(g) for g in tf.gradients(loss, list(self.parameters.values()))]


class Descent(Optimizer):
    """Steps down the gradient. A slot is called `<parameter>/<slot>`, the number of steps taken `<name>/step`."""

    def __init__(self, settings: Any, parameters: dict[str, tf.Variable], name: str):
        super().__init__(settings, parameters, name)
        self.step = tf.get_variable(f"{name}/step", (), tf.int64, tf.zeros_initializer(), trainable=False)
        self.slots = [
            {
                slot: tf.get_variable(
                    f"{name}/{slot}", w.shape, w.dtype, tf.constant_initializer(start), trainable=False
                )
                for slot, start in self.starts().items()
            }
            for name, w in parameters.items()
        ]

    def starts(self) -> dict[str, float]:
        """The slots of each parameter, and where they start."""
        return {}

    def minimize(self, loss: tf.Tensor) -> tf.Operation:
        """The operation that moves every parameter one step down the gradient of `loss`."""
        gradients = self.gradients(loss)
        with tf.control_dependencies([loss, *gradients]):  # nothing moves before all is read
            return self.apply(gradients)

    def apply(self, gradients: list[tf.Tensor]) -> tf.Operation:
        """The operation that moves every parameter by its gradient, and counts the step."""
        rate, gradients = self.rate(), self.decayed(self.clipped(gradients))
        moves = [
            self.move(w, g, tf.cast(rate, w.dtype), **slots)
            for w, g, slots in zip(self.parameters.values(), gradients, self.slots)
        ]
        with tf.control_dependencies(moves):  # who moves may look at the count
            return self.step.assign_add(1).op

    def rate(self) -> tf.Tensor:
        """The learning rate of this step, in float64."""
        start = tf.constant(self.settings.learning_rate, tf.float64)
        match self.settings.schedule:
            case Exponential(rate):
                return tf.train.exponential_decay(start, self.step, 1, tf.constant(rate, tf.float64))
            case InverseTime(rate):
                return tf.train.inverse_time_decay(start, self.step, 1, tf.constant(rate, tf.float64))
        return start

    def clipped(self, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
        """The gradients, no number and then no norm larger than it may be."""
        value, norm = self.settings.clip_value, self.settings.clip_norm
        if value is not None:
            gradients = [tf.clip_by_value(g, -value, value) for g in gradients]
        if norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, norm)
        return gradients

    def decayed(self, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
        """The gradients with that of weight_decay/2 |w|^2 added."""
        decay = self.settings.weight_decay
        return [g + decay * w for w, g in zip(self.parameters.values(), gradients)] if decay else gradients

    def move(self, w: tf.Variable, g: tf.Tensor, rate: tf.Tensor, **slots: tf.Variable) -> tf.Operation:
        """The operation that moves one parameter by its gradient, and its slots."""
        raise NotImplementedError


class GradientDescent(Descent):
    """No slots."""

    def move(self, w, g, rate):
        """w = w - rate g"""
        return tf.raw_ops.ResourceApplyGradientDescent(var=w.handle, alpha=rate, delta=g)


class Momentum(Descent):
    """Gradient descent with a velocity. Slot: `momentum`."""

    def starts(self):
        return {"momentum": 0.0}

    def move(self, w, g, rate, momentum):
        """v = m v + g;  w = w - rate v"""
        m = tf.constant(self.settings.momentum, w.dtype)
        return tf.raw_ops.ResourceApplyMomentum(var=w.handle, accum=momentum.handle, lr=rate, grad=g, momentum=m)


class Nesterov(Descent):
    """Momentum, with the gradient where it leads. Slot: `momentum`."""

    def starts(self):
        return {"momentum": 0.0}

    def move(self, w, g, rate, momentum):
        """v = m v + g;  w = w - rate (g + m v)"""
        m = tf.constant(self.settings.momentum, w.dtype)
        return tf.raw_ops.ResourceApplyMomentum(
            var=w.handle, accum=momentum.handle, lr=rate, grad=g, momentum=m, use_nesterov=True
        )


class Adagrad(Descent):
    """Shorter steps where the gradients were large. Slot: `sum_of_squares`."""

    def starts(self):
        return {"sum_of_squares": self.settings.init}

    def move(self, w, g, rate, sum_of_squares):
        """s = s + g^2;  w = w - rate g / sqrt(s)"""
        return tf.raw_ops.ResourceApplyAdagrad(var=w.handle, accum=sum_of_squares.handle, lr=rate, grad=g)


class Adadelta(Descent):
    """Steps in the parameters' own units. Slots: `mean_square`, `mean_square_step`."""

    def starts(self):
        return {"mean_square": 0.0, "mean_square_step": 0.0}

    def move(self, w, g, rate, mean_square, mean_square_step):
        """s = decay s + (1 - decay) g^2;  d = g sqrt(u + epsilon) / sqrt(s + epsilon);  u likewise;  w = w - rate d"""
        return tf.raw_ops.ResourceApplyAdadelta(
            var=w.handle,
            accum=mean_square.handle,
            accum_update=mean_square_step.handle,
            lr=rate,
            rho=tf.constant(self.settings.decay, w.dtype),
            epsilon=tf.constant(self.settings.epsilon, w.dtype),
            grad=g,
        )


class RMSProp(Descent):
    """Steps as long as the gradient is steady. Slots: `mean_square`, `momentum`, and if centered `mean`."""

    def starts(self):
        starts = {"mean_square": self.settings.init, "momentum": 0.0}
        return {**starts, "mean": 0.0} if self.settings.centered else starts

    def move(self, w, g, rate, mean_square, momentum, mean=None):
        """s = decay s + (1 - decay) g^2;  v = m v + rate g / sqrt(s - mean^2 + epsilon);  w = w - v"""
        # TWIN: TF1's own kernel is Graves' formula; PyTorch's is not, so there it is written out
        settings = {
            "rho": tf.constant(self.settings.decay, w.dtype),
            "momentum": tf.constant(self.settings.momentum, w.dtype),
            "epsilon": tf.constant(self.settings.epsilon, w.dtype),
        }
        slots = {"ms": mean_square.handle, "mom": momentum.handle}
        if mean is None:
            return tf.raw_ops.ResourceApplyRMSProp(var=w.handle, **slots, lr=rate, **settings, grad=g)
        slots["mg"] = mean.handle
        return tf.raw_ops.ResourceApplyCenteredRMSProp(var=w.handle, **slots, lr=rate, **settings, grad=g)


class Adam(Descent):
    """Momentum and RMSProp, corrected for their start at zero. Slots: `m`, `v`."""

    def starts(self):
        return {"m": 0.0, "v": 0.0}

    def move(self, w, g, rate, m, v):
        """m and v of g and g^2;  w = w - rate m^ / (sqrt(v^) + epsilon)"""
        # TWIN: written out, for TF1's own kernel does two things otherwise: it adds epsilon to sqrt(v), not sqrt(v^);
        # and in float32 it computes 1 - beta2 from a rounded 0.999, which makes v wrong by 1e-5
        beta1, beta2, epsilon = self.settings.beta1, self.settings.beta2, self.settings.epsilon
        t = tf.cast(self.step + 1, tf.float64)
        size, root = 1 / (1 - beta1**t), 1 / tf.sqrt(1 - beta2**t)
        m = m.assign(beta1 * m + (1 - beta1) * g)
        v = v.assign(beta2 * v + (1 - beta2) * tf.square(g))
        step = rate * tf.cast(size, w.dtype) * m / (tf.sqrt(v) * tf.cast(root, w.dtype) + epsilon)
        return w.assign_sub(step)


class BFGS(Optimizer):
    """A step that no operation can take: SciPy asks for the loss again and again. Slot: `<name>/inverse_hessian`."""

    def __init__(self, settings: Any, parameters: dict[str, tf.Variable], name: str):
        super().__init__(settings, parameters, name)
        self.slot = f"{name}/inverse_hessian"
        start = tf.eye(sum(w.shape.num_elements() for w in parameters.values()), dtype=tf.float64)
        self.inverse_hessian = tf.get_variable(self.slot, initializer=start, trainable=False)

    def minimize(self, loss: tf.Tensor) -> HostStep:
        """What the twin takes a step with. The loss and its gradient are in the graph, to be fetched at any values."""
        gradients = dict(zip(self.parameters, self.gradients(loss)))
        return HostStep(self.settings, list(self.parameters), self.slot, gradients)
