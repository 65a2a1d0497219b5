"""The update rules: each runs PyTorch's own optimizer.

A rule makes its slots (what it remembers of each parameter) when it is reset, and takes a step in `minimize`.

| rule | w, after the gradient g | source |
|---|---|---|
| Momentum | v = momentum v + g;  w = w - learning_rate v | Polyak 1964; Sutskever et al. 2013 without Nesterov |
| Adam | m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2; | Kingma & Ba 2015, Algorithm 1 |
|      | w = w - learning_rate m^ / (sqrt(v^) + epsilon),  m^ = m / (1 - beta1^t),  v^ = v / (1 - beta2^t) | |

Twin: static_tf/updates.py
"""

from typing import Any

import torch
from torch import Tensor, nn

from shared import updates as settings_of
from shared.updates import Rule


class UpdateRule:
    """What all rules share: parameters by canonical name, and slots beside them, called `<parameter>/<slot>`."""

    optimizer: torch.optim.Optimizer

    def __init__(self, settings: Any, parameters: dict[str, nn.Parameter], name: str):
        self.settings, self.parameters, self.name = settings, parameters, name

    def reset(self) -> None:
        """Slots of zeros like each parameter, of its type and on its device."""
        raise NotImplementedError

    def slots(self) -> dict[str, Tensor]:
        """The slots by canonical name."""
        raise NotImplementedError

    def _slots(self, slot: str, key: str) -> dict[str, Tensor]:
        return {f"{name}/{slot}": self.optimizer.state[w][key] for name, w in self.parameters.items()}

    def minimize(self, loss: Tensor) -> None:
        """Move every parameter one step down the gradient of `loss`."""
        # TWIN: the gradient of a look-up is dense, unless one asks for a sparse one; TF1's is sparse, and is made dense
        gradients = torch.autograd.grad(loss, list(self.parameters.values()))
        self.apply(gradients)

    def apply(self, gradients: tuple[Tensor, ...]) -> None:
        """Move every parameter by its gradient."""
        for w, g in zip(self.parameters.values(), gradients):
            w.grad = g
        self.optimizer.step()


class Momentum(UpdateRule):
    """Gradient descent with a velocity. Slot: `momentum`."""

    def __init__(self, settings: settings_of.Momentum, parameters: dict[str, nn.Parameter], name: str):
        super().__init__(settings, parameters, name)
        self.optimizer = torch.optim.SGD(parameters.values(), settings.learning_rate, settings.momentum)

    def reset(self) -> None:
        for w in self.parameters.values():
            self.optimizer.state[w] = {"momentum_buffer": torch.zeros_like(w)}

    def slots(self) -> dict[str, Tensor]:
        return self._slots("momentum", "momentum_buffer")


class Adam(UpdateRule):
    """Steps as long as the gradient is steady. Slots: `m`, `v`, and `<name>/step`, the number of steps taken."""

    def __init__(self, settings: settings_of.Adam, parameters: dict[str, nn.Parameter], name: str):
        super().__init__(settings, parameters, name)
        betas = settings.beta1, settings.beta2
        self.optimizer = torch.optim.Adam(parameters.values(), settings.learning_rate, betas, settings.epsilon)

    def reset(self) -> None:
        self.step = torch.zeros(())
        for w in self.parameters.values():
            zeros = {"exp_avg": torch.zeros_like(w), "exp_avg_sq": torch.zeros_like(w)}
            self.optimizer.state[w] = {"step": torch.zeros(()), **zeros}

    def slots(self) -> dict[str, Tensor]:
        return {**self._slots("m", "exp_avg"), **self._slots("v", "exp_avg_sq"), f"{self.name}/step": self.step}

    def apply(self, gradients: tuple[Tensor, ...]) -> None:
        """m and v, corrected for their start at zero;  w = w - learning_rate m^ / (sqrt(v^) + epsilon)"""
        for w in self.parameters.values():
            self.optimizer.state[w]["step"].copy_(self.step)  # PyTorch counts for each parameter: one count is enough
        # TWIN: PyTorch's own kernel is the paper's formula; TF1's is not, so there it is written out
        super().apply(gradients)
        self.step += 1


def update_rule(settings: Rule, parameters: dict[str, nn.Parameter], name: str = "rule") -> UpdateRule:
    """The rule that runs these settings. What it keeps of all parameters together is called `<name>/<slot>`."""
    kinds: dict[type[Rule], type[UpdateRule]] = {settings_of.Momentum: Momentum, settings_of.Adam: Adam}
    return kinds[type(settings)](settings, parameters, name)
