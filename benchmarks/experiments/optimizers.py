"""A comparison of all optimizers on one small net."""

from collections.abc import Sequence

from benchmarks.experiments.training import Case, TrainingExperiment, curves
from benchmarks.rows import ExperimentRow
from shared.optimizers import OPTIMIZERS
from shared.spec import EXACT, Learning, Target


class Optimizers(TrainingExperiment):
    """A net of two layers is trained on all digits as one batch; the runs differ only in the optimizer."""

    name = "optimizers"
    title = "Optimizers"
    claim = (
        "In the same number of steps a quasi-Newton method gets far lower than any descent along the gradient, and "
        "momentum, plain or Nesterov's, lower than gradient descent without it."
    )
    differing = "under each optimizer"
    model = "deep_net"
    cases = {
        name: Case(
            {"depth": 2, "width": 8, "batch": 1437, "optimizer": OPTIMIZERS[name]},
            Learning(150, (Target("test_accuracy", 0.88),), 1e-9, EXACT, dtype="float64"),
        )
        for name in (
            "gradient_descent",
            "momentum",
            "nesterov",
            "adagrad",
            "adadelta",
            "rmsprop",
            "adam",
            "bfgs",
        )
    }

    def last(self, rows: Sequence[ExperimentRow]) -> dict[str, float]:
        """The last recorded loss of each case, the lowest first."""
        found = {case: sides["dynamic"][1][-1] for case, sides in curves(rows).items() if "dynamic" in sides}
        return dict(sorted(found.items(), key=lambda one: one[1]))

    def holds(self, rows: Sequence[ExperimentRow]) -> bool:
        last = self.last(rows)
        if last.keys() != self.cases.keys():
            return False
        others = min(loss for name, loss in last.items() if name != "bfgs")
        return 10 * last["bfgs"] < others and max(last["momentum"], last["nesterov"]) < last["gradient_descent"]

    def sentence(self, rows: Sequence[ExperimentRow]) -> str:
        steps = max((row.step for row in rows), default=0)
        said = ", ".join(f"{name.replace('_', ' ')} {loss:.2g}" for name, loss in self.last(rows).items())
        return f"The loss after {steps} steps: {said}."


EXPERIMENT = Optimizers()
