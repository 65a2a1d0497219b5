"""The update rules: each runs PyTorch's own optimizer.

A rule makes its slots (what it remembers of each parameter) when it is reset, and takes a step in `minimize`.

| rule | w, after the gradient g | source |
|---|---|---|
| Momentum | v = momentum v + g;  w = w - learning_rate v | Polyak 1964; Sutskever et al. 2013 without Nesterov |
| Adam | m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2; | Kingma & Ba 2015, Algorithm 1 |
|      | w = w - learning_rate m^ / (sqrt(v^) + epsilon),  m^ = m / (1 - beta1^t),  v^ = v / (1 - beta2^t) | |

Twin: static_tf/updates.py
"""

import torch
from torch import Tensor, nn


class UpdateRule:
    """What all rules share: parameters by canonical name, and slots beside them, called `<parameter>/<slot>`."""

    def __init__(self, parameters: dict[str, nn.Parameter], optimizer: torch.optim.Optimizer):
        self.parameters = parameters
        self.optimizer = optimizer

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

    def __init__(self, parameters: dict[str, nn.Parameter], learning_rate: float, momentum: float = 0.9):
        super().__init__(parameters, torch.optim.SGD(parameters.values(), learning_rate, momentum))

    def reset(self) -> None:
        for w in self.parameters.values():
            self.optimizer.state[w] = {"momentum_buffer": torch.zeros_like(w)}

    def slots(self) -> dict[str, Tensor]:
        return self._slots("momentum", "momentum_buffer")


class Adam(UpdateRule):
    """Steps as long as the gradient is steady. Slots: `m`, `v`, and `<name>/step`, the number of steps taken."""

    def __init__(
        self,
        parameters: dict[str, nn.Parameter],
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        name: str = "adam",
    ):
        super().__init__(parameters, torch.optim.Adam(parameters.values(), learning_rate, (beta1, beta2), epsilon))
        self.name = name

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
