"""The optimizers' settings: which optimizer updates a model's parameters, and with which numbers.

A model's configuration contains one of these (`optimizer: OptimizerConfig = Adam(2e-3)`), and both twins build it:
static_tf/optimizers.py as graph operations, dynamic_torch/optimizers.py by PyTorch's optimizers. Papers and frameworks
differ in details, so each optimizer here is one definite formula. In all of them g is the gradient (see `Descent`) and
t the number of steps before this one. A slot is what an optimizer stores for a parameter; it starts at 0 unless stated
otherwise.
"""

from dataclasses import KW_ONLY, dataclass


@dataclass(frozen=True)
class Exponential:
    """learning_rate rate^t."""

    rate: float


@dataclass(frozen=True)
class InverseTime:
    """learning_rate / (1 + rate t)."""

    rate: float


@dataclass(frozen=True)
class OptimizerConfig:
    """The settings of an optimizer."""


@dataclass(frozen=True)
class Descent(OptimizerConfig):
    """An optimizer that steps down the gradient, scaled by a learning rate.

    First the gradient is clipped: each of its numbers to [-clip_value, clip_value]; then the whole, over all parameters
    of the optimizer, to the norm clip_norm: g = g clip_norm / max(|g|, clip_norm), which is TF1's formula (Pascanu et
    al. 2013). Then weight_decay w is added, for all parameters: the gradient of the penalty weight_decay/2 |w|^2, which
    is not clipped, as in PyTorch's optimizers. An optimizer that divides by the size of the gradient, as Adam does,
    divides the decay too: that is L2, not AdamW (Loshchilov & Hutter 2019), where w shrinks by
    learning_rate weight_decay w whatever the gradient.
    """

    learning_rate: float
    _: KW_ONLY
    schedule: Exponential | InverseTime | None = None  # None: the learning rate is constant
    clip_value: float | None = None
    clip_norm: float | None = None
    weight_decay: float = 0.0


@dataclass(frozen=True)
class GradientDescent(Descent):
    """w = w - learning_rate g (Cauchy 1847). No slots."""


@dataclass(frozen=True)
class Momentum(Descent):
    """v = momentum v + g;  w = w - learning_rate v (Polyak 1964). Slot: `momentum`, which is v.

    The learning rate is outside of v, as in both frameworks (Sutskever et al. 2013 and Keras have it inside): when it
    falls, the whole velocity is scaled down at once.
    """

    momentum: float = 0.9


@dataclass(frozen=True)
class Nesterov(Descent):
    """v = momentum v + g;  w = w - learning_rate (g + momentum v) (Nesterov 1983). Slot: `momentum`, which is v.

    In the form of Bengio et al. 2013, equation 7, where w is the point at which the gradient is taken, as in both
    frameworks.
    """

    momentum: float = 0.9


@dataclass(frozen=True)
class Adagrad(Descent):
    """s = s + g^2;  w = w - learning_rate g / sqrt(s) (Duchi et al. 2011). Slot: `sum_of_squares`, which is s.

    s starts at `init`, as in TF1, so that nothing is divided by 0 and no epsilon is needed.
    """

    init: float = 0.1


@dataclass(frozen=True)
class Adadelta(Descent):
    """Steps in the parameters' own units (Zeiler 2012, Algorithm 1, with its settings of section 4.1).

    s = decay s + (1 - decay) g^2;  d = g sqrt(u + epsilon) / sqrt(s + epsilon);  u = decay u + (1 - decay) d^2;
    w = w - learning_rate d, where the paper has no learning rate: it is 1. Slots: `mean_square`, which is s, and
    `mean_square_step`, which is u.
    """

    learning_rate: float = 1.0
    decay: float = 0.95
    epsilon: float = 1e-6


@dataclass(frozen=True)
class RMSProp(Descent):
    """Gradients divided by the root of a running mean of their squares (Hinton 2012, lecture 6e).

    s = decay s + (1 - decay) g^2;  v = momentum v + learning_rate g / sqrt(s + epsilon);  w = w - v
    centered: m = decay m + (1 - decay) g, and s - m^2 in the place of s under the root

    This is Graves 2013, equations 38 to 41, with epsilon under the root and the learning rate inside of v, as in TF1.
    PyTorch adds epsilon to the root, and has the learning rate outside. As in TF1, s starts at 1, so that the first
    steps are short; PyTorch's starts at 0. Slots: `mean_square`, which is s, `momentum`, which is v, and if centered
    `mean`, which is m.
    """

    decay: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-10
    centered: bool = False


@dataclass(frozen=True)
class Adam(Descent):
    """Momentum and RMSProp, both corrected for their start at 0 (Kingma & Ba 2015, Algorithm 1). Slots: `m`, `v`.

    m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
    w = w - learning_rate m^ / (sqrt(v^) + epsilon),  m^ = m / (1 - beta1^(t + 1)),  v^ = v / (1 - beta2^(t + 1))

    Epsilon is added to sqrt(v^), as in PyTorch. TF1 adds it to sqrt(v): the paper's "epsilon hat", of section 2.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8


@dataclass(frozen=True)
class BFGS(OptimizerConfig):
    """w = w - a H g (Broyden, Fletcher, Goldfarb, Shanno 1970): SciPy's, called with each side's loss and gradient.

    H estimates the inverse of the Hessian from how the gradient changes, and starts as the identity; a is found by a
    line search, so there is no learning rate. A step is one iteration, on its batch. Slot, of all parameters together:
    `inverse_hessian`, which is H. If no component of the gradient is larger than `tolerance`, nothing changes.
    See shared/bfgs.py.
    """

    tolerance: float = 1e-5


# Every optimizer and its variations by name, with settings that suit a small net: `--optimizer NAME`. Adam's epsilon is
# larger than its default, because the gradient of a saturated unit is rounding, which Adam would turn into a full step
OPTIMIZERS: dict[str, OptimizerConfig] = {
    "gradient_descent": GradientDescent(0.3),
    "momentum": Momentum(0.05),
    "nesterov": Nesterov(0.05),
    "adagrad": Adagrad(0.1),
    "adadelta": Adadelta(epsilon=1e-4),
    "rmsprop": RMSProp(0.01),
    "rmsprop_momentum": RMSProp(0.002, momentum=0.9),
    "rmsprop_centered": RMSProp(0.005, momentum=0.5, centered=True),
    "adam": Adam(0.01, epsilon=1e-5),
    "bfgs": BFGS(),
    "exponential_decay": Momentum(0.05, schedule=Exponential(0.99)),
    "inverse_time_decay": RMSProp(0.005, momentum=0.5, schedule=InverseTime(0.1)),
    "clipped_values": GradientDescent(0.3, clip_value=0.02),
    "clipped_norm": Momentum(0.05, clip_norm=2.4),
    "weight_decay": Momentum(0.05, weight_decay=1e-2),
    "adam_weight_decay": Adam(0.01, epsilon=1e-5, weight_decay=1e-2),
}
