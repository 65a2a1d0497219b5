"""What the page says of the campaign of planted faults."""

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.environment import PACKAGES
from benchmarks.mutants import TARGETS, succeeded
from benchmarks.mutants.campaign import CAUGHT, misjudged, missed
from benchmarks.report.formatting import share

Row = dict[str, Any]


def equivalent(rows: Sequence[Row]) -> list[Row]:
    """The records of those that no test could see, each with the reason."""
    return [one for row in rows for one in row["mutants"] if one["equivalent"] is not None and not one["caught"]]


class Campaign:
    """The rows of a campaign as the page tells them."""

    def __init__(self, rows: Sequence[Row]):
        self.rows = list(rows)
        self.true = [row for row in self.rows if not row.get("changed")]

    def targets(self) -> list[tuple[str, list[Row]]]:
        """Every target with its rows, which may be none."""
        return [(target, [row for row in self.rows if row["model"] == target]) for target in TARGETS]

    def well(self) -> bool:
        """Whether what is still true is as it must be. Nothing is neither good nor bad."""
        return not self.true or succeeded(self.true)

    def whole(self) -> bool:
        """Whether all targets were measured, and all of that is still true."""
        return all(rows for _, rows in self.targets()) and len(self.true) == len(self.rows)

    def demand(self) -> str:
        """What is asked of a campaign."""
        return f"{CAUGHT:.0%} of those not equivalent must be caught, and none that is called equivalent"

    def notes(self) -> list[str]:
        """Whose results these are, and what became of those that ended in an error."""
        found = []
        for origin, words in (("kept", "Measured here"), ("shipped", "Shipped with the project")):
            rows = [row for row in self.rows if row.get("origin") == origin]
            if rows:
                targets = ", ".join(dict.fromkeys(row["model"] for row in rows))
                days = sorted({str(row["date"])[:10] for row in rows})
                versions = dict.fromkeys(f"{package} {row[package]}" for row in rows for package in PACKAGES)
                found.append(
                    f"{words}, {' and '.join(dict.fromkeys((days[0], days[-1])))}, on {', '.join(versions)}: {targets}."
                )
        if self.true:
            total = self.total(self.true)
            found.insert(
                0,
                f"{total['raised']:,} of the caught ended in an error, and are located by its traceback. Of the other "
                f"{total['ran']:,} the proof has located {total['share ran located']}.",
            )
        return found

    def missed(self) -> list[Row]:
        """The mutants that nothing noticed, and that no reason excuses."""
        return self._of(missed)

    def misjudged(self) -> list[Row]:
        """The mutants that are called equivalent, and were noticed."""
        return self._of(misjudged)

    def equivalent(self) -> list[Row]:
        """The mutants that no test could see, each with the reason."""
        return self._of(equivalent)

    def _of(self, chosen: Callable[[Sequence[Row]], list[Row]]) -> list[Row]:
        """Some mutants of every row, each with whether its row has `changed` since."""
        return [{**one, "changed": row.get("changed", False)} for row in self.rows for one in chosen([row])]

    def summary(self) -> list[str]:
        """The campaign in a sentence; none if nothing of it is true any more."""
        if not self.true:
            return []
        total = self.total(self.true)
        return [
            f"The proof catches {total['noticed']:,} of {total['visible']:,} faults that were planted into the twins "
            f"({total['share caught']}), and names the method of {total['share located']} of those."
        ]

    @staticmethod
    def total(rows: Sequence[Row]) -> dict[str, Any]:
        """Sums and shares of some rows.

        `visible` are those not equivalent, `noticed` those of them that were caught. `ran` are those that were caught
        without an error: where one is raised, the framework has named a line.
        """
        names = ("planted", "equivalent", "caught", "raised", "located", "ran_located")
        total = {name: sum(row[name] for row in rows) for name in names}
        total["visible"] = total["planted"] - total["equivalent"]
        total["noticed"] = total["visible"] - len(missed(rows))
        total["ran"] = total["caught"] - total["raised"]
        return total | {
            "share caught": share(total["noticed"], total["visible"]),
            "share located": share(total["located"], total["caught"]),
            "share ran located": share(total["ran_located"], total["ran"]),
        }
