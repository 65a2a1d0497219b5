"""What keeps eight layers of sigmoids from learning, and what helps them."""

from collections.abc import Sequence
from typing import Any

from benchmarks.experiments.training import Case, TrainingExperiment, metric
from benchmarks.rows import ExperimentRow
from shared.optimizers import Momentum
from shared.spec import ROUNDING, Learning, Target

_LEARNS, _DOES_NOT = Target("test_accuracy", 0.96), Target("test_accuracy", 0.2, at_most=True)
_PLATEAU = "float64: rounding decides when a net leaves a plateau"
_EIGHT = {"depth": 8, "init": "normal"}  # eight layers, from N(0, 0.1)


def _case(target: Target, pretrained: str = "", *, falls: bool = True, **changes: Any) -> Case:
    """A net of eight layers. One that starts from pre-trained layers is not on a plateau, so float32 suffices."""
    dtype, reason = ("float32", ROUNDING) if pretrained else ("float64", _PLATEAU)
    return Case({**_EIGHT, **changes}, Learning(800, (target,), 1e-5, reason, dtype, falls), pretrained)


class EightLayers(TrainingExperiment):
    """Deep nets of eight layers, trained for 800 steps on the digits."""

    name = "eight_layers"
    title = "Eight layers"
    claim = (
        "Eight layers of sigmoids do not learn from random values. Layers that have learned from images alone, batch "
        "norm, or ReLUs in their place let them learn."
    )
    differing = "of eight layers, by what helps them to learn"
    model = "deep_net"
    cases = {
        "deep_sigmoid": _case(_DOES_NOT, falls=False, activation="sigmoid", optimizer=Momentum(0.03)),
        # The method of 2006: layers that are pre-trained on images alone
        **{
            f"pretrained_{kind}": _case(_LEARNS, kind, activation="sigmoid", optimizer=Momentum(0.1))
            for kind in ("autoencoder", "rbm")
        },
        "deep_batch_norm": _case(_LEARNS, activation="sigmoid", batch_norm=True),
        "deep_relu": _case(_LEARNS, optimizer=Momentum(0.03)),
    }

    def holds(self, rows: Sequence[ExperimentRow]) -> bool:
        found = metric(rows, "test_accuracy")
        return found.keys() == self.cases.keys() and all(
            _DOES_NOT.met(accuracy) if name == "deep_sigmoid" else _LEARNS.met(accuracy)
            for name, accuracy in found.items()
        )

    def sentence(self, rows: Sequence[ExperimentRow]) -> str:
        found = metric(rows, "test_accuracy")
        said = ", ".join(f"{name.replace('_', ' ')} {accuracy:.3f}" for name, accuracy in found.items())
        return f"The share of held-out digits that are read right: {said}."


EXPERIMENT = EightLayers()
