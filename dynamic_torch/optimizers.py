"""The optimizers in PyTorch: its own classes where they compute the formula in question, else classes defined here.

Any loop in PyTorch can use them: `optimizer = RMSProp(model.parameters(), lr=0.01)`, then zero_grad, backward and step.
The formulas and their sources are in shared/optimizers.py.

Twin: static_tf/optimizers.py
"""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor, nn

from shared import bfgs
from shared import optimizers as shared
from shared.optimizers import Descent, OptimizerConfig


def build(
    config: OptimizerConfig, parameters: Iterable[tuple[str, nn.Parameter]], name: str = "optimizer"
) -> torch.optim.Optimizer:
    """The optimizer that `config` describes, of `named_parameters()`. A count of its steps is called `<name>/step`."""
    optimizer: torch.optim.Optimizer
    if isinstance(config, shared.BFGS):
        optimizer = BFGS(parameters, config.tolerance)
    else:
        assert isinstance(config, Descent)
        optimizer = descent(config, parameters)
        Extended(optimizer, config)
    optimizer.param_groups[0] |= {"config": config, "name": name}
    reset(optimizer)
    return optimizer


def descent(config: Descent, parameters: Iterable[tuple[str, nn.Parameter]]) -> torch.optim.Optimizer:
    """The optimizer without schedule and clipping."""
    rate, decay = config.learning_rate, config.weight_decay  # TWIN: an option here, which TF1's optimizers do not have
    match config:
        case shared.GradientDescent():
            return torch.optim.SGD(parameters, rate, weight_decay=decay)
        case shared.Momentum():
            return torch.optim.SGD(parameters, rate, config.momentum, weight_decay=decay)
        case shared.Nesterov():
            return torch.optim.SGD(parameters, rate, config.momentum, weight_decay=decay, nesterov=True)
        case shared.Adagrad():
            # TWIN: without the epsilon that PyTorch adds to the root; TF1 has none
            return torch.optim.Adagrad(
                parameters, rate, weight_decay=decay, initial_accumulator_value=config.init, eps=0.0
            )
        case shared.Adadelta():
            return torch.optim.Adadelta(parameters, rate, config.decay, config.epsilon, weight_decay=decay)
        case shared.RMSProp(momentum=m, centered=centered):
            return RMSProp(parameters, rate, config.decay, config.epsilon, decay, m, centered)
        case shared.Adam():
            # TWIN: PyTorch's own is the paper's formula; TF1's is not, so static_tf has a class for it
            return torch.optim.Adam(parameters, rate, (config.beta1, config.beta2), config.epsilon, weight_decay=decay)
    raise TypeError(f"no optimizer for {config}")


def slot_names(optimizer: torch.optim.Optimizer) -> dict[str, str]:
    """PyTorch's names of an optimizer's slots -> their canonical names."""
    names: dict[str, dict[str, str]] = {
        "SGD": {"momentum_buffer": "momentum"},
        "Adagrad": {"sum": "sum_of_squares"},
        "Adadelta": {"square_avg": "mean_square", "acc_delta": "mean_square_step"},
        "RMSProp": {"square_avg": "mean_square", "momentum_buffer": "momentum", "grad_avg": "mean"},
        "Adam": {"exp_avg": "m", "exp_avg_sq": "v"},
    }
    return names.get(type(optimizer).__name__, {})


def initial_slots(optimizer: torch.optim.Optimizer) -> dict[str, float]:
    """The slots of each parameter, with their initial values. PyTorch itself makes most of them at the first step."""
    options, names = optimizer.defaults, slot_names(optimizer)
    starts = {
        **dict.fromkeys(names, 0.0),
        "sum": options.get("initial_accumulator_value", 0.0),
        "square_avg": 1.0 if isinstance(optimizer, RMSProp) else 0.0,
    }
    unused = set()
    if isinstance(optimizer, torch.optim.SGD) and not options["momentum"]:
        unused = {"momentum_buffer"}
    if isinstance(optimizer, RMSProp) and not options["centered"]:
        unused = {"grad_avg"}
    return {slot: starts[slot] for slot in names if slot not in unused}


def reset(optimizer: torch.optim.Optimizer) -> None:
    """Set every slot to its initial value, with its parameter's shape, type and device."""
    if isinstance(optimizer, BFGS):
        return optimizer.reset()
    group = optimizer.param_groups[0]
    if "count" in group:
        group["count"].zero_()
    for w in group["params"]:
        slots = {slot: torch.full_like(w, start) for slot, start in initial_slots(optimizer).items()}
        optimizer.state[w] = {"step": torch.zeros(()), **slots}


def slots(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """An optimizer's slots: `<parameter>/<slot>` of each named parameter, and `<name>/step` if it counts steps."""
    group = optimizer.param_groups[0]
    if isinstance(optimizer, BFGS):
        return {f"{group['name']}/inverse_hessian": optimizer.inverse_hessian}
    found = {
        f"{name.replace('.', '/')}/{slot_names(optimizer)[slot]}": optimizer.state[w][slot]
        for name, w in zip(group["param_names"], group["params"])
        for slot in initial_slots(optimizer)
    }
    return found | ({f"{group['name']}/step": group["count"]} if "count" in group else {})


class Extended:
    """What PyTorch's optimizers leave to their caller: a count of steps, a falling learning rate, and clipping.

    It runs before and after `step`, in the hooks that every optimizer of PyTorch has.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, config: Descent):
        self.config = config
        if isinstance(optimizer, torch.optim.Adam) or config.schedule:
            optimizer.param_groups[0]["count"] = torch.zeros((), dtype=torch.int64)
            optimizer.register_step_pre_hook(self.before)
            optimizer.register_step_post_hook(self.after)
        if config.clip_value is not None or config.clip_norm is not None:
            optimizer.register_step_pre_hook(self.clip_all)

    def before(self, optimizer: torch.optim.Optimizer, *_: object) -> None:
        """Set the optimizer's count of steps, and its learning rate."""
        # TWIN: from the count in the state; PyTorch's schedulers have a count of their own, and multiply step by step
        group = optimizer.param_groups[0]
        group["lr"] = self.rate(group["count"].item())
        for w in group["params"]:  # PyTorch's Adam counts the steps of each parameter
            optimizer.state[w]["step"].copy_(group["count"])

    def after(self, optimizer: torch.optim.Optimizer, *_: object) -> None:
        """Count the step."""
        optimizer.param_groups[0]["count"] += 1

    def rate(self, t: int) -> float:
        """The learning rate after `t` steps."""
        start = self.config.learning_rate
        match self.config.schedule:
            case shared.Exponential(rate=factor):
                return start * factor**t
            case shared.InverseTime(rate=factor):
                return start / (1 + factor * t)
        return start

    def clip_all(self, optimizer: torch.optim.Optimizer, *_: object) -> None:
        """Clip the gradients of all parameters that have one."""
        moved = [w for w in optimizer.param_groups[0]["params"] if w.grad is not None]
        for w, g in zip(moved, self.clip([w.grad for w in moved])):
            w.grad = g

    def clip(self, gradients: list[Tensor]) -> list[Tensor]:
        """Clip each number of the gradients, and then their norm."""
        value, norm = self.config.clip_value, self.config.clip_norm
        if value is not None:
            gradients = [torch.clamp(g, -value, value) for g in gradients]
        if norm is not None:
            # TWIN: PyTorch's own clip_grad_norm_ divides by |g| + 1e-6
            scale = norm / torch.clamp(nn.utils.get_total_norm(gradients), min=norm)
            gradients = [g * scale for g in gradients]
        return gradients


class RMSProp(torch.optim.Optimizer):
    """RMSProp as in TF1 (Graves 2013, equations 38 to 41), with the arguments of torch.optim.RMSprop.

    s = alpha s + (1 - alpha) g^2;  v = momentum v + lr g / sqrt(s + eps);  w = w - v
    centered: m = alpha m + (1 - alpha) g, and s - m^2 in the place of s under the root

    Slots: square_avg, which is s and starts at 1, momentum_buffer, which is v, and if centered grad_avg, which is m.
    """

    # TWIN: TF1's RMSProp has this formula. PyTorch's differs in three things: it adds epsilon to the root, has the
    # learning rate outside of v, and starts s at 0

    def __init__(
        self,
        params: Iterable,
        lr: float = 0.01,
        alpha: float = 0.9,
        eps: float = 1e-10,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ):
        defaults = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, {**defaults, "momentum": momentum, "centered": centered})

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """Update every parameter that has a gradient. `closure` recomputes the gradients, and returns the loss."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for w in group["params"]:
                if w.grad is not None:
                    self.apply(w, w.grad, group)
        return loss

    def apply(self, w: nn.Parameter, g: Tensor, group: dict) -> None:
        """Update one parameter and its slots."""
        slots = self.state[w]
        for slot, start in initial_slots(self).items():
            if slot not in slots:
                slots[slot] = torch.full_like(w, start)
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w
        s, v, alpha = slots["square_avg"], slots["momentum_buffer"], group["alpha"]
        s += (1 - alpha) * (g * g - s)
        variance = s
        if group["centered"]:
            mean = slots["grad_avg"]
            mean += (1 - alpha) * (g - mean)
            variance = s - mean * mean
        v.copy_(group["momentum"] * v + group["lr"] * g / torch.sqrt(variance + group["eps"]))
        w.sub_(v)


class BFGS(torch.optim.Optimizer):
    """BFGS by SciPy (see shared/bfgs.py), used like torch.optim.LBFGS: `step` calls a closure for loss and gradient.

    `step()` without a closure uses the attribute `closure`, which its caller has set. `rows` maps the rows of the
    inverse Hessian to the numbers of the parameters, one parameter after the other: by default in that order.
    """

    def __init__(self, params: Iterable, tolerance: float = 1e-5):
        super().__init__(params, {"tolerance": tolerance})
        self.closure: Callable[[], Tensor] | None = None
        self.rows: np.ndarray | None = None
        self.reset()

    def reset(self) -> None:
        """Set the inverse Hessian to the identity."""
        size = sum(w.numel() for w in self.param_groups[0]["params"])
        self.inverse_hessian = torch.eye(size, dtype=torch.float64)

    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor:
        """Take a step and return the loss before it. `closure` computes the loss and, by `backward`, its gradient."""
        closure = closure or self.closure
        if closure is None:
            raise ValueError("BFGS evaluates the loss several times per step: call step(closure)")
        losses = []

        def loss_and_gradient(x: np.ndarray) -> tuple[float, np.ndarray]:
            self._assign(x)
            losses.append(closure())
            return losses[-1].item(), self._flat(w.grad for w in parameters)

        parameters, group = self.param_groups[0]["params"], self.param_groups[0]
        h = self.inverse_hessian
        x, found = bfgs.step(loss_and_gradient, self._flat(parameters), h.numpy(), group["tolerance"])
        self._assign(x)
        h.copy_(torch.from_numpy(found))
        return losses[0]

    def _flat(self, tensors: Iterable[Tensor]) -> np.ndarray:
        flat = torch.cat([tensor.detach().flatten() for tensor in tensors]).cpu().numpy().astype(np.float64)
        return flat if self.rows is None else flat[self.rows]

    def _assign(self, x: np.ndarray) -> None:
        own = np.empty_like(x)
        own[slice(None) if self.rows is None else self.rows] = x
        parameters = self.param_groups[0]["params"]
        with torch.no_grad():
            for w, part in zip(parameters, np.split(own, np.cumsum([w.numel() for w in parameters])[:-1])):
                w.copy_(torch.from_numpy(part).view(w.shape))
