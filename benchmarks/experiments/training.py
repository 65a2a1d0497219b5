"""Experiments that train several nets and compare their losses: each net is proven equal on both sides and trained on
both, and must reach its targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import proof
from benchmarks.experiments.experiment import Curves, Experiment, Race, Tell
from benchmarks.experiments.pretraining import STEPS, pretrain
from benchmarks.learning.learn import curve, descend, gap, judge
from benchmarks.proof.verdicts import VERDICTS
from benchmarks.rows import ExperimentRow
from benchmarks.twins import SIDES, twin
from shared.spec import Learning


@dataclass(frozen=True)
class Case:
    """One net of an experiment: settings of the model, and the targets that it must reach."""

    changes: Mapping[str, Any]
    learning: Learning
    pretrained: str = ""  # the model that its hidden layers are pre-trained as; "": random values


class TrainingExperiment(Experiment):
    """Several nets of one model, trained on both sides. A subclass defines the nets, and when the claim `holds`."""

    model: str  # of all cases
    cases: dict[str, Case]
    differing: str  # what the cases differ in, for the caption: "under each optimizer"

    @property
    def models(self) -> tuple[str, ...]:
        """The model of all cases, and the models that hidden layers are pre-trained as."""
        return tuple(dict.fromkeys([self.model, *(case.pretrained for case in self.cases.values() if case.pretrained)]))

    @property
    def settings(self) -> dict[str, Case]:
        """The cases; everything else that rows depend on is code."""
        return self.cases

    def run(self, tell: Tell = lambda what, share: None) -> list[ExperimentRow]:
        rows: list[ExperimentRow] = []
        for done, (name, case) in enumerate(self.cases.items()):

            def at(what: str, share: float, done: int = done, name: str = name) -> None:
                tell(f"{self.name}: {what} {name.replace('_', ' ')}", (done + share) / len(self.cases))

            try:
                rows += [*self._proof(name, case, at), *self._trained(name, case, at)]
            except Exception as error:  # fails this net only
                why = f"{type(error).__name__}: {error}".partition("\n")[0]
                rows.append(self._row(name, kind="proof", side="both", step=0, name="run", value=None, error=why))
        return rows

    def _row(self, case: str, **columns: Any) -> ExperimentRow:
        return ExperimentRow(experiment=self.name, case=case, **columns)

    def _proof(self, name: str, case: Case, tell: Tell) -> Iterator[ExperimentRow]:
        """Prove both sides equal in float64; yield the row with the worst verdict and distance."""
        tell("proving", 0)
        rows = proof.prove(self.model, dtypes=("float64",), **case.changes)
        worst = min(rows, key=lambda row: (VERDICTS.index(row["verdict"]), -(row["rel_norm"] or 0)))
        columns = {"kind": "proof", "side": "both", "step": worst["step"], "name": "float64"}
        yield self._row(name, **columns, value=worst["rel_norm"], verdict=worst["verdict"])

    def _trained(self, name: str, case: Case, tell: Tell) -> Iterator[ExperimentRow]:
        """Train both sides; yield the losses, the metrics with their targets, and the distance of the loss curves."""
        learning, losses = case.learning, {}
        for place, side in enumerate(SIDES):

            def at(share: float, place: int = place, side: str = side) -> None:
                tell(f"training the {side} twin of", (1 + place + share) / 3)

            losses[side], scores = train(side, self.model, case, at)
            columns = {"side": side, "step": learning.steps}
            for step, value in zip(*curve(losses[side])):
                yield self._row(name, kind="loss", side=side, step=step, name="loss", value=value)
            for metric, value in scores.items():
                yield self._row(
                    name, kind="metric", **columns, name=metric, value=value, **judge(learning, metric, value)
                )
        distance = gap(*(curve(losses[side])[1] for side in SIDES))
        verdict = "together" if distance <= learning.curve_gap else "apart"  # NaN is apart
        columns = {"kind": "curves", "side": "both", "step": learning.steps, "name": "gap"}
        yield self._row(name, **columns, value=distance, bound=learning.curve_gap, verdict=verdict)

    def figure(self, rows: Sequence[ExperimentRow]) -> Race | None:
        found = curves(rows)
        return Race(found, self.differing) if len(found) > 1 else None


def train(side: str, model: str, case: Case, tell: Any = lambda share: None) -> tuple[list[float], dict[str, float]]:
    """Train one side's net of a case; return the loss before each step, and the metrics on held-out data."""
    steps = case.learning.steps
    with twin(side, model, case.learning.dtype, threads=1, observed=False, **case.changes) as arm:
        if case.pretrained:
            arm.load({**arm.state(), **pretrain(side, case.pretrained, arm.spec, steps=STEPS)})
        losses = descend(arm, steps, tell)
        held_out = arm.spec.held_out()
        return losses, arm.spec.score(arm.predict(held_out), held_out, arm.state())


def curves(rows: Sequence[ExperimentRow]) -> Curves:
    """The recorded losses of every case on every side."""
    found: Curves = {}
    for row in rows:
        if row.kind == "loss" and isinstance(row.value, float):
            steps, losses = found.setdefault(row.case, {}).setdefault(row.side, ([], []))
            steps.append(row.step)
            losses.append(row.value)
    return found


def metric(rows: Sequence[ExperimentRow], name: str) -> dict[str, float]:
    """A metric of the dynamic side, by case."""
    own = [row for row in rows if row.kind == "metric" and row.name == name and row.side == "dynamic"]
    return {row.case: row.value for row in own if row.value is not None}
