"""The base class of the dynamic side's models: a model as an ordinary nn.Module.

Twin: static_tf/model.py
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from shared.players import Player, arguments


class Model(nn.Module):
    """A model as an ordinary nn.Module. Its methods answer the lecture's questions, in this order.

    `__init__` makes the parameters, `inputs` names what goes in, `forward` connects X to Y, `loss` computes what it
    costs to be wrong, `regularizer` what it costs to be complicated, `update` moves the parameters. Each is called at
    every step. A parameter's canonical name is its name in the module, with "/" for ".".
    """

    layouts: ClassVar[dict[str, str]] = {}  # canonical name -> einops pattern "canonical -> own", where they differ

    def __init__(self, config: Any):
        super().__init__()
        self.config = config
        self.observer: Callable[[str, Tensor, str], Tensor] | None = None

    def inputs(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What goes in and what should come out, by name: in eager code, the batch itself."""
        return dict(batch)

    def forward(self, *inputs: Tensor) -> Tensor:
        """The model's output. Arguments are inputs, by name."""
        raise NotImplementedError

    def loss(self, output: Tensor, *inputs: Tensor) -> Tensor:
        """What it costs to be wrong: a scalar. The first argument is the output, the others are inputs, by name."""
        raise NotImplementedError

    def regularizer(self) -> Tensor | float:
        """What it costs to be complicated: a scalar, added to the loss."""
        return 0.0

    def update(self, loss: Tensor) -> None:
        """Update the parameters by one step."""
        raise NotImplementedError

    def players(self) -> list[Player]:
        """The players: one with every parameter, unless the model overrides this."""
        return [Player("loss", self.objective, self.canonical_parameters(), self.update)]

    def objective(self, **inputs: Tensor) -> Tensor:
        """The scalar to be minimised."""
        output = self(**arguments(self.forward, inputs))
        return self.loss(output, **arguments(self.loss, inputs, given=1)) + self.regularizer()

    def optimizers(self) -> list[torch.optim.Optimizer]:
        """The optimizers: one for each player."""
        return [value for value in vars(self).values() if isinstance(value, torch.optim.Optimizer)]

    @contextmanager
    def buffers_kept(self) -> Iterator[None]:
        """Context in which a pass changes copies of the buffers."""
        # TWIN: here the pass itself updates the running averages; in the graph only a step does
        buffers = [(part, name, b) for part in self.modules() for name, b in part.named_buffers(recurse=False)]
        for part, name, buffer in buffers:
            setattr(part, name, buffer.clone())
        try:
            yield
        finally:
            for part, name, buffer in buffers:
                setattr(part, name, buffer)

    def canonical_parameters(self, prefix: str = "") -> dict[str, nn.Parameter]:
        """The parameters whose canonical name starts with `prefix`."""
        named = ((name.replace(".", "/"), p) for name, p in self.named_parameters())
        return {name: p for name, p in named if name.startswith(prefix)}

    def tap(self, name: str, value: Tensor, layout: str = "") -> Tensor:
        """Name an activation and return it. Without an observer this does nothing else.

        `layout` is the einops pattern "canonical -> own" of a value whose axes are not in canonical order.
        """
        return value if self.observer is None else self.observer(name, value, layout)
