"""The optimizers: each runs PyTorch's own optimizer where it computes the formula that is meant.

An optimizer makes its slots (what it remembers of each parameter) when it is reset, and takes a step in `minimize`.
Formulas and sources are in shared/optimizers.py.

Twin: static_tf/optimizers.py
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from shared import optimizers as shared
from shared.bfgs import HostStep
from shared.optimizers import Exponential, InverseTime, OptimizerConfig


def build(settings: OptimizerConfig, parameters: dict[str, nn.Parameter], name: str = "optimizer") -> "Optimizer":
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

    def __init__(self, settings: Any, parameters: dict[str, nn.Parameter], name: str):
        self.settings, self.parameters, self.name = settings, parameters, name

    def reset(self) -> None:
        """Every slot as it starts."""
        raise NotImplementedError

    def slots(self) -> dict[str, Tensor]:
        """The slots by canonical name."""
        raise NotImplementedError

    def minimize(self, loss: Tensor) -> HostStep | None:
        """Move every parameter one step down the gradient of `loss`."""
        raise NotImplementedError


class Descent(Optimizer):
    """Steps down the gradient. A slot is called `<parameter>/<slot>`, the number of steps taken `<name>/step`."""

    def __init__(self, settings: Any, parameters: dict[str, nn.Parameter], name: str):
        super().__init__(settings, parameters, name)
        self.optimizer = self.made(list(parameters.values()))

    def made(self, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        """PyTorch's optimizer, which keeps the slots. It is told the learning rate before each step."""
        raise NotImplementedError

    def starts(self) -> dict[str, float]:
        """The slots of each parameter, and where they start."""
        return {}

    def called(self, slot: str) -> str:
        """What PyTorch's optimizers call a slot."""
        names = {"momentum": "momentum_buffer", "sum_of_squares": "sum", "m": "exp_avg", "v": "exp_avg_sq"}
        return {**names, "mean_square": "square_avg", "mean_square_step": "acc_delta", "mean": "grad_avg"}[slot]

    def reset(self) -> None:
        """Every slot as it starts: like its parameter, of its type and on its device."""
        self.step = torch.zeros((), dtype=torch.int64)
        for w in self.parameters.values():
            slots = {self.called(slot): torch.full_like(w, start) for slot, start in self.starts().items()}
            self.optimizer.state[w] = {"step": torch.zeros(()), **slots}

    def slots(self) -> dict[str, Tensor]:
        """The slots by canonical name."""
        found = {
            f"{name}/{slot}": self.optimizer.state[w][self.called(slot)]
            for name, w in self.parameters.items()
            for slot in self.starts()
        }
        return {**found, f"{self.name}/step": self.step}

    def minimize(self, loss: Tensor) -> None:
        """Move every parameter one step down the gradient of `loss`."""
        # TWIN: the gradient of a look-up is dense, unless one asks for a sparse one; TF1's is sparse, and is made dense
        gradients = torch.autograd.grad(loss, list(self.parameters.values()))
        with torch.no_grad():
            self.apply(gradients)

    def apply(self, gradients: Sequence[Tensor]) -> None:
        """Move every parameter by its gradient, and count the step."""
        rate, gradients = self.rate(), self.decayed(self.clipped(gradients))
        for w, g in zip(self.parameters.values(), gradients):
            w.grad = g
        self.move(rate)
        self.step += 1

    def rate(self) -> float:
        """The learning rate of this step, in float64."""
        # TWIN: by the count that is in the state; PyTorch's schedulers have one of their own, and multiply step by step
        start, t = self.settings.learning_rate, self.step.item()
        match self.settings.schedule:
            case Exponential(rate):
                return start * rate**t
            case InverseTime(rate):
                return start / (1 + rate * t)
        return start

    def clipped(self, gradients: Sequence[Tensor]) -> Sequence[Tensor]:
        """The gradients, no number and then no norm larger than it may be."""
        value, norm = self.settings.clip_value, self.settings.clip_norm
        if value is not None:
            gradients = [torch.clamp(g, -value, value) for g in gradients]
        if norm is not None:
            # TWIN: PyTorch's own clip_grad_norm_ divides by |g| + 1e-6
            scale = norm / torch.clamp(nn.utils.get_total_norm(gradients), min=norm)
            gradients = [g * scale for g in gradients]
        return gradients

    def decayed(self, gradients: Sequence[Tensor]) -> Sequence[Tensor]:
        """The gradients with that of weight_decay/2 |w|^2 added."""
        decay = self.settings.weight_decay  # TWIN: PyTorch's optimizers have it as an option, TF1's do not
        return [g + decay * w for w, g in zip(self.parameters.values(), gradients)] if decay else gradients

    def move(self, rate: float) -> None:
        """Move all parameters by their gradients, and the slots."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()


class GradientDescent(Descent):
    """No slots."""

    def made(self, parameters):
        """w = w - rate g"""
        return torch.optim.SGD(parameters)


class Momentum(Descent):
    """Gradient descent with a velocity. Slot: `momentum`."""

    def made(self, parameters):
        """v = m v + g;  w = w - rate v"""
        return torch.optim.SGD(parameters, momentum=self.settings.momentum)

    def starts(self):
        return {"momentum": 0.0}


class Nesterov(Descent):
    """Momentum, with the gradient where it leads. Slot: `momentum`."""

    def made(self, parameters):
        """v = m v + g;  w = w - rate (g + m v)"""
        return torch.optim.SGD(parameters, momentum=self.settings.momentum, nesterov=True)

    def starts(self):
        return {"momentum": 0.0}


class Adagrad(Descent):
    """Shorter steps where the gradients were large. Slot: `sum_of_squares`."""

    def made(self, parameters):
        """s = s + g^2;  w = w - rate g / sqrt(s)"""
        # TWIN: without the epsilon that PyTorch adds to the root; TF1 has none
        return torch.optim.Adagrad(parameters, eps=0.0)

    def starts(self):
        return {"sum_of_squares": self.settings.init}


class Adadelta(Descent):
    """Steps in the parameters' own units. Slots: `mean_square`, `mean_square_step`."""

    def made(self, parameters):
        """s = decay s + (1 - decay) g^2;  d = g sqrt(u + epsilon) / sqrt(s + epsilon);  u likewise;  w = w - rate d"""
        return torch.optim.Adadelta(parameters, rho=self.settings.decay, eps=self.settings.epsilon)

    def starts(self):
        return {"mean_square": 0.0, "mean_square_step": 0.0}


class RMSProp(Descent):
    """Steps as long as the gradient is steady. Slots: `mean_square`, `momentum`, and if centered `mean`."""

    def made(self, parameters):
        """A place to keep the slots."""
        return torch.optim.Optimizer(parameters, {})

    def starts(self):
        starts = {"mean_square": self.settings.init, "momentum": 0.0}
        return {**starts, "mean": 0.0} if self.settings.centered else starts

    def move(self, rate):
        """s = decay s + (1 - decay) g^2;  v = m v + rate g / sqrt(s - mean^2 + epsilon);  w = w - v"""
        # TWIN: written out, for PyTorch's own does two things otherwise: it adds epsilon to the root, and the learning
        # rate is outside of v; TF1's own kernel is Graves' formula
        decay, m, epsilon = self.settings.decay, self.settings.momentum, self.settings.epsilon
        for w in self.parameters.values():
            slots, g = self.optimizer.state[w], w.grad
            s, v = slots["square_avg"], slots["momentum_buffer"]
            s += (1 - decay) * (g * g - s)
            variance = s
            if self.settings.centered:
                mean = slots["grad_avg"]
                mean += (1 - decay) * (g - mean)
                variance = s - mean * mean
            v.copy_(m * v + rate * g / torch.sqrt(variance + epsilon))
            w -= v


class Adam(Descent):
    """Momentum and RMSProp, corrected for their start at zero. Slots: `m`, `v`."""

    def made(self, parameters):
        """m and v of g and g^2;  w = w - rate m^ / (sqrt(v^) + epsilon)"""
        # TWIN: PyTorch's own kernel is the paper's formula; TF1's is not, so there it is written out
        betas = self.settings.beta1, self.settings.beta2
        return torch.optim.Adam(parameters, betas=betas, eps=self.settings.epsilon)

    def starts(self):
        return {"m": 0.0, "v": 0.0}

    def move(self, rate):
        """PyTorch counts the steps of each parameter: one count is enough."""
        for w in self.parameters.values():
            self.optimizer.state[w]["step"].copy_(self.step)
        super().move(rate)


class BFGS(Optimizer):
    """A step that SciPy takes, which asks for the loss again and again. Slot: `<name>/inverse_hessian`."""

    def __init__(self, settings: Any, parameters: dict[str, nn.Parameter], name: str):
        super().__init__(settings, parameters, name)
        self.slot = f"{name}/inverse_hessian"

    def reset(self) -> None:
        self.inverse_hessian = torch.eye(sum(w.numel() for w in self.parameters.values()), dtype=torch.float64)

    def slots(self) -> dict[str, Tensor]:
        return {self.slot: self.inverse_hessian}

    def minimize(self, loss: Tensor) -> HostStep:
        """What the twin takes a step with. It runs the model again wherever SciPy wants to know the loss."""
        return HostStep(self.settings, list(self.parameters), self.slot)
