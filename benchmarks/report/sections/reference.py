"""What the reference machine measured: shown, and marked as such, where this machine has not measured yet.

Each kind of result ships as `benchmarks/results/<machine>/<kind>.jsonl.gz`, in the format of results.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.report.sections.timings import Configuration, Key, Timing, timings
from benchmarks.results import LINES, read
from shared.errors import UsageError

Row = Mapping[str, Any]

MARK = "◆"  # stands beside every number of the reference machine
SHOWN = Configuration("cpu", "plain", "small", "float32", 1)  # the only timings that a first report takes itself
KINDS = ("speed", "learning", "experiments")


@dataclass(frozen=True)
class Reference:
    """The results of the machine whose results ship; without rows if none do."""

    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)  # by kind
    environments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> "Reference":
        """Read the first machine of a folder that has each kind. The speed section reports a damaged file."""
        rows: dict[str, list[Row]] = {}
        environments: dict[str, Mapping[str, Any]] = {}
        for kind in KINDS:
            for path in sorted(folder.glob(f"*/{kind}{LINES}")):
                with suppress(UsageError):
                    found = read(path)
                    rows.setdefault(kind, found["rows"])
                    environments.setdefault(kind, found["environment"])
        return cls(rows, environments)

    def timings(self, key: Key) -> list[Timing]:
        """Return the timings of a pair in the configuration that a first report measures."""
        own = [row for row in self.rows.get("speed", ()) if (row.get("model"), row.get("variant")) == key]
        return [timing for timing in timings(own) if timing.configuration == SHOWN]

    def learning(self, key: Key) -> list[Row]:
        """Return the rows of a pair's training."""
        return [row for row in self.rows.get("learning", ()) if (row.get("model"), row.get("variant")) == key]

    def experiment(self, name: str) -> list[Row]:
        """Return the rows of an experiment."""
        return [row for row in self.rows.get("experiments", ()) if row.get("experiment") == name]

    def described(self, kind: str) -> str:
        """The machine and the day of a kind of result, such as "Intel Xeon, 2 cores, 2026-11-25"."""
        facts = self.environments.get(kind, {})
        cores = [f"{facts['cores']} cores"] if facts.get("cores") else []
        return ", ".join([str(facts.get("cpu") or "another machine"), *cores, str(facts.get("date") or "")[:10]])


NOWHERE = Reference()
