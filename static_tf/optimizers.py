"""The optimizers in TF1: its own classes where they compute the formula in question, else classes defined here.

Any TF1 graph can use them: `train_op = Adam(1e-3).minimize(loss)`. The formulas and their sources are in
shared/optimizers.py.

Twin: dynamic_torch/optimizers.py
"""

import numpy as np
import tensorflow.compat.v1 as tf

from shared import bfgs
from shared import optimizers as shared
from shared.optimizers import Descent, OptimizerConfig


def build(config: OptimizerConfig, name: str = "optimizer") -> tf.train.Optimizer:
    """The optimizer that `config` describes. A count of its steps is the variable `<name>/step`."""
    if isinstance(config, shared.BFGS):
        optimizer = BFGS(config.tolerance, name=name)
    else:
        assert isinstance(config, Descent)
        step = tf.Variable(0, name=f"{name}/step", trainable=False, dtype=tf.int64) if config.schedule else None
        optimizer = descent(config, scheduled(config, step), step, name)
        clips = config.clip_value is not None or config.clip_norm is not None
        if config.schedule or clips or config.weight_decay:
            optimizer = Extended(optimizer, step, config.clip_value, config.clip_norm, config.weight_decay)
    optimizer.config = config
    return optimizer


def descent(config: Descent, rate: np.float64 | tf.Tensor, step: tf.Variable | None, name: str) -> tf.train.Optimizer:
    """The optimizer without schedule, clipping and weight decay."""
    # TWIN: TF1 makes a float32 tensor of a Python float, whatever type the variables have; a NumPy float64 stays one
    n = np.float64
    match config:
        case shared.GradientDescent():
            return tf.train.GradientDescentOptimizer(rate, name=name)
        case shared.Momentum():
            return tf.train.MomentumOptimizer(rate, n(config.momentum), name=name)
        case shared.Nesterov():
            return tf.train.MomentumOptimizer(rate, n(config.momentum), use_nesterov=True, name=name)
        case shared.Adagrad():
            return tf.train.AdagradOptimizer(rate, initial_accumulator_value=config.init, name=name)
        case shared.Adadelta():
            return tf.train.AdadeltaOptimizer(rate, n(config.decay), n(config.epsilon), name=name)
        case shared.RMSProp(decay=decay, momentum=m, epsilon=epsilon):
            # TWIN: TF1's own is Graves' formula; PyTorch's is not, so dynamic_torch has a class for it
            return tf.train.RMSPropOptimizer(rate, n(decay), n(m), n(epsilon), centered=config.centered, name=name)
        case shared.Adam():
            return Adam(rate, config.beta1, config.beta2, config.epsilon, step=step, name=name)
    raise TypeError(f"no optimizer for {config}")


def scheduled(config: Descent, step: tf.Variable | None) -> np.float64 | tf.Tensor:
    """The learning rate: a number, or a tensor that falls with the number of steps, in float64."""
    rate = np.float64(config.learning_rate)
    match config.schedule:
        case shared.Exponential(rate=factor):
            return tf.train.exponential_decay(rate, step, 1, np.float64(factor))
        case shared.InverseTime(rate=factor):
            return tf.train.inverse_time_decay(rate, step, 1, np.float64(factor))
    return rate


def slot_names(optimizer: tf.train.Optimizer) -> dict[str, str]:
    """TF1's names of an optimizer's slots -> their canonical names."""
    inner = optimizer.optimizer if isinstance(optimizer, Extended) else optimizer
    names: dict[str, dict[str, str]] = {
        "MomentumOptimizer": {"momentum": "momentum"},
        "AdagradOptimizer": {"accumulator": "sum_of_squares"},
        "AdadeltaOptimizer": {"accum": "mean_square", "accum_update": "mean_square_step"},
        "RMSPropOptimizer": {"rms": "mean_square", "momentum": "momentum", "mg": "mean"},
        "Adam": {"m": "m", "v": "v"},
    }
    return names.get(type(inner).__name__, {})


def slots(optimizer: tf.train.Optimizer, variables: list[tf.Variable]) -> dict[str, tf.Variable]:
    """An optimizer's slots of these variables, as `<variable>/<slot>`. `minimize` makes them."""
    found: dict[str, tf.Variable] = {}
    for slot in optimizer.get_slot_names():
        kept = {w.op.name: optimizer.get_slot(w, slot) for w in variables}
        found |= {f"{w}/{slot_names(optimizer)[slot]}": value for w, value in kept.items() if value is not None}
    return found


class Extended(tf.train.Optimizer):
    """One of TF1's optimizers, with what TF1 leaves to the caller: a count of steps, clipping, and weight decay."""

    def __init__(
        self,
        optimizer: tf.train.Optimizer,
        step: tf.Variable | None = None,
        clip_value: float | None = None,
        clip_norm: float | None = None,
        weight_decay: float = 0.0,
    ):
        super().__init__(False, optimizer.get_name())
        self.optimizer, self.step = optimizer, step
        self.clip_value, self.clip_norm, self.weight_decay = clip_value, clip_norm, weight_decay

    def compute_gradients(self, *args, **kwargs):
        """The gradient of the loss with respect to each variable, as pairs."""
        return self.optimizer.compute_gradients(*args, **kwargs)

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        """The operation that updates every variable, from its gradient with clipping and weight decay."""
        pairs = [(tf.convert_to_tensor(g), w) for g, w in grads_and_vars if g is not None]
        variables = [w for _, w in pairs]
        gradients = self.add_weight_decay(self.clip([g for g, _ in pairs]), variables)
        step = self.step if global_step is None else global_step
        return self.optimizer.apply_gradients(list(zip(gradients, variables)), step, name)

    def clip(self, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
        """Clip each number of the gradients, and then their norm."""
        if self.clip_value is not None:
            gradients = [tf.clip_by_value(g, -self.clip_value, self.clip_value) for g in gradients]
        if self.clip_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, self.clip_norm)
        return gradients

    def add_weight_decay(self, gradients: list[tf.Tensor], variables: list[tf.Variable]) -> list[tf.Tensor]:
        """The gradients plus that of weight_decay/2 |w|^2."""
        # TWIN: an option of PyTorch's optimizers, which TF1's do not have
        decay = self.weight_decay
        return [g + decay * w for g, w in zip(gradients, variables)] if decay else gradients

    def get_slot(self, var, name):
        """A variable's slot of this name."""
        return self.optimizer.get_slot(var, name)

    def get_slot_names(self):
        """The names of the slots."""
        return self.optimizer.get_slot_names()

    def variables(self):
        """All variables of the optimizer."""
        return self.optimizer.variables()


class Adam(tf.train.Optimizer):
    """Adam as in the paper (Kingma & Ba 2015, Algorithm 1), with the arguments of TF1's Adam. Slots: m, v.

    m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
    w = w - learning_rate m^ / (sqrt(v^) + epsilon),  m^ = m / (1 - beta1^t),  v^ = v / (1 - beta2^t)
    """

    # TWIN: PyTorch's Adam has the paper's formula. TF1's differs in two things: it adds epsilon to sqrt(v), not
    # sqrt(v^); and in float32 it computes 1 - beta2 from a rounded 0.999, which makes v wrong by 1e-5

    def __init__(
        self,
        learning_rate: float | tf.Tensor = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
        step: tf.Variable | None = None,
    ):
        """`step` is the count of steps, if there is one that `minimize` receives as its global_step."""
        super().__init__(use_locking, name)
        self.learning_rate = np.float64(learning_rate) if isinstance(learning_rate, float) else learning_rate
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.step = step

    def _create_slots(self, var_list):
        if self.step is None:
            first = min(var_list, key=lambda w: w.name)
            self._create_non_slot_variable(np.int64(0), f"{self.get_name()}/step", colocate_with=first)
        for w in var_list:
            self._zeros_slot(w, "m", self.get_name())
            self._zeros_slot(w, "v", self.get_name())

    def _own_step(self) -> tf.Variable:
        return self._get_non_slot_variable(f"{self.get_name()}/step", tf.get_default_graph())

    def _prepare(self):
        t = tf.cast((self._own_step() if self.step is None else self.step) + 1, tf.float64)
        self.size, self.root = 1 / (1 - self.beta1**t), 1 / tf.sqrt(1 - self.beta2**t)

    def apply(self, g: tf.Tensor, w: tf.Variable) -> tf.Operation:
        """The operation that updates one variable and its slots."""
        m, v = self.get_slot(w, "m"), self.get_slot(w, "v")
        m = m.assign(self.beta1 * m + (1 - self.beta1) * g)
        v = v.assign(self.beta2 * v + (1 - self.beta2) * tf.square(g))
        rate, size, root = (tf.cast(x, g.dtype) for x in (self.learning_rate, self.size, self.root))
        return w.assign_sub(rate * size * m / (tf.sqrt(v) * root + self.epsilon)).op

    def _apply_dense(self, grad, var):
        return self.apply(grad, var)

    def _resource_apply_dense(self, grad, handle):
        return self.apply(grad, handle)

    def _apply_sparse(self, grad, var):
        return self.apply(tf.convert_to_tensor(grad), var)

    def _resource_apply_sparse(self, grad, handle, indices):
        shape = tf.shape(handle, out_type=indices.dtype)
        return self.apply(tf.scatter_nd(indices[:, tf.newaxis], grad, shape), handle)

    def _finish(self, update_ops, name_scope):
        if self.step is not None:
            return super()._finish(update_ops, name_scope)
        with tf.control_dependencies(update_ops):  # which read the count
            return tf.group(self._own_step().assign_add(1), name=name_scope)


class BFGS(tf.train.Optimizer):
    """BFGS by SciPy (see shared/bfgs.py), which evaluates the loss repeatedly and so cannot be an operation.

    So `minimize` returns a `HostStep`, which a loop runs with its Session, like TF1's ScipyOptimizerInterface.
    """

    def __init__(self, tolerance: float = 1e-5, name: str = "BFGS"):
        super().__init__(False, name)
        self.tolerance = tolerance

    def minimize(self, loss, var_list=None) -> "HostStep":
        """One step. The loss and its gradient are in the graph, to be fetched at any values of the variables."""
        pairs = [(tf.convert_to_tensor(g), w) for g, w in self.compute_gradients(loss, var_list)]
        pairs = sorted(pairs, key=lambda pair: pair[1].op.name)  # H has a row for each number, in this order
        size = sum(w.shape.num_elements() for _, w in pairs)
        with tf.init_scope():  # so the variable does not depend on the loss
            start = tf.eye(size, dtype=tf.float64)
            h = tf.Variable(start, trainable=False, name=f"{self.get_name()}/inverse_hessian")
        return HostStep(loss, [w for _, w in pairs], [g for g, _ in pairs], h, self.tolerance)


class HostStep:
    """One iteration of BFGS, run outside of the graph through a Session."""

    def __init__(self, loss, variables, gradients, inverse_hessian, tolerance):
        self.loss, self.variables, self.gradients = loss, variables, gradients
        self.inverse_hessian, self.tolerance = inverse_hessian, tolerance

    def run(self, session: tf.Session, feed_dict: dict | None = None) -> None:
        """Update the variables and the estimate of the inverse Hessian."""
        shapes = [tuple(w.shape) for w in self.variables]
        ends = np.cumsum([np.prod(shape, dtype=int) for shape in shapes])[:-1]

        def assign(x: np.ndarray, *more: tuple[tf.Variable, np.ndarray]) -> None:
            values = [part.reshape(shape) for part, shape in zip(np.split(x, ends), shapes)]
            chosen = [*zip(self.variables, values), *more]
            feed = {w.initializer.inputs[1]: value for w, value in chosen}  # an assignment whose value can be fed
            session.run([w.initializer for w, _ in chosen], feed)

        def loss_and_gradient(x: np.ndarray) -> tuple[float, np.ndarray]:
            assign(x)
            loss, gradients = session.run((self.loss, self.gradients), feed_dict)
            return float(loss), flat(gradients)

        def flat(arrays: list[np.ndarray]) -> np.ndarray:
            return np.concatenate([np.ravel(array) for array in arrays]).astype(np.float64)

        values, h = session.run((self.variables, self.inverse_hessian))
        x, h = bfgs.step(loss_and_gradient, flat(values), h, self.tolerance)
        assign(x, (self.inverse_hessian, h))
