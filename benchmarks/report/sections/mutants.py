"""The mutant campaign, as the page presents it."""

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.environment import PACKAGES
from benchmarks.mutants import TARGETS, succeeded
from benchmarks.mutants.campaign import CAUGHT, misjudged, missed
from benchmarks.report.formatting import share

Row = dict[str, Any]


def equivalent(rows: Sequence[Row]) -> list[Row]:
    """Return the records of the equivalent mutants that were not caught, each with the reason."""
    return [one for row in rows for one in row["mutants"] if one["equivalent"] is not None and not one["caught"]]


class Campaign:
    """The rows of a campaign, formatted for the page."""

    def __init__(self, rows: Sequence[Row]):
        self.rows = list(rows)
        self.true = [row for row in self.rows if not row.get("changed")]

    def targets(self) -> list[tuple[str, list[Row]]]:
        """Return every target with its rows, possibly none."""
        return [(target, [row for row in self.rows if row["model"] == target]) for target in TARGETS]

    def well(self) -> bool:
        """Whether the rows that are up to date meet the demand; True if there are none."""
        return not self.true or succeeded(self.true)

    def whole(self) -> bool:
        """Whether all targets were measured and all rows are up to date."""
        return all(rows for _, rows in self.targets()) and len(self.true) == len(self.rows)

    def demand(self) -> str:
        """The criterion that a campaign must meet."""
        return f"{CAUGHT:.0%} of the mutants that are not equivalent must be caught, and none of the equivalent ones"

    def notes(self) -> list[str]:
        """Return how many mutants raised an error or were located by the proof, and where the results come from."""
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
                f"{total['raised']:,} of the caught mutants raised an error, whose traceback locates them. Of the "
                f"other {total['ran']:,} the proof located {total['share ran located']}.",
            )
        return found

    def missed(self) -> list[Row]:
        """The mutants that were not caught and are not marked equivalent."""
        return self._of(missed)

    def misjudged(self) -> list[Row]:
        """The mutants that are marked equivalent but were caught."""
        return self._of(misjudged)

    def equivalent(self) -> list[Row]:
        """The equivalent mutants that were not caught, each with the reason."""
        return self._of(equivalent)

    def _of(self, chosen: Callable[[Sequence[Row]], list[Row]]) -> list[Row]:
        """Return the mutants that `chosen` selects from each row, each with its row's `changed` flag."""
        return [{**one, "changed": row.get("changed", False)} for row in self.rows for one in chosen([row])]

    def summary(self) -> list[str]:
        """Return the campaign in one sentence; none if no row is up to date."""
        if not self.true:
            return []
        total = self.total(self.true)
        return [
            f"The proof catches {total['noticed']:,} of {total['visible']:,} faults that were planted into the twins "
            f"({total['share caught']}), and names the method of {total['share located']} of those."
        ]

    @staticmethod
    def total(rows: Sequence[Row]) -> dict[str, Any]:
        """Return sums and shares over rows.

        `visible` counts the mutants that are not equivalent, `noticed` those of them that were caught. `ran` counts the
        mutants that were caught without an error: if an error is raised, the framework itself names a line.
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
