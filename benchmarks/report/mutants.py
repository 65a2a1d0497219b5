"""What the campaign of planted faults has found: kept by the command, shipped with the project, shown on the page.

A campaign takes minutes, so the report does not run one. It shows the user's own results while they are true, else
those that ship with the project, and says of either where something has changed since.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.environment import PACKAGES, ROOT
from benchmarks.mutants import TARGETS, fingerprint_of, succeeded
from benchmarks.mutants.campaign import CAUGHT, misjudged, missed
from benchmarks.report.formatting import share
from benchmarks.results import ResultCache, replace
from shared.errors import UsageError

Row = dict[str, Any]

KIND = "mutants"
COMMAND = "python -m benchmarks mutants"
SHIPPED = ROOT / "benchmarks" / "mutants" / "results.json"


# On disk


def compact(row: Row) -> Row:
    """A row of the campaign with those mutants only that need words: the missed, and those called equivalent.

    The others are counts. `ran_located` is of those that were caught without an error, where only the proof says where.
    """
    words = [one for one in row["mutants"] if not one["caught"] or one["equivalent"] is not None]
    ran = sum(bool(one["located"]) for one in row["mutants"] if one["caught"] and not one["raised"])
    return {**row, "ran_located": ran, "mutants": words}


def keep(folder: Path, target: str, mark: str, rows: Iterable[Row]) -> None:
    """Keep a target's rows for the report that is made in `folder`.

    `mark` is the fingerprint from before the campaign: what was edited while it ran has changed since.
    """
    ResultCache(folder / "kept").write(KIND, target, "", mark, [compact(row) for row in rows])


def ship(folder: Path, path: Path = SHIPPED) -> None:
    """Make what is kept in `folder` of every target the results that ship with the project; all must be true."""
    kept = ResultCache(folder / "kept")
    found = {target: kept.read(KIND, target, "", fingerprint_of(target)) for target in TARGETS}
    true = {target: results for target, results in found.items() if results is not None}
    if found.keys() - true.keys():
        raise UsageError(f"not measured, or changed since: {COMMAND} {' '.join(t for t in found if t not in true)}")
    shipped = {
        "environment": max((results["environment"] for results in true.values()), key=lambda facts: facts["date"]),
        "fingerprints": {target: results["fingerprint"] for target, results in true.items()},
        "rows": [row for results in true.values() for row in results["rows"]],
    }
    path.parent.mkdir(exist_ok=True)
    replace(path, json.dumps(shipped, indent=1, allow_nan=False) + "\n")


def collect(folder: Path, path: Path = SHIPPED) -> list[Row]:
    """The rows of every target that has any, with their origin, date and versions, and whether they are `changed`: that
    is, whether sources or versions are others by now.

    A target's own results come before those that ship, and true ones before both.
    """
    kept, shipped = ResultCache(folder / "kept"), _shipped(path)
    rows = []
    for target in TARGETS:
        mark = fingerprint_of(target)
        found = {"kept": kept.latest(KIND, target, ""), "shipped": shipped.get(target)}
        there = [(origin, results) for origin, results in found.items() if results]
        for origin, results in sorted(there, key=lambda pair: pair[1]["fingerprint"] != mark)[:1]:
            facts = {name: results["environment"].get(name) for name in ("date", *PACKAGES)}
            facts |= {"origin": origin, "changed": results["fingerprint"] != mark}
            rows += [{**row, **facts} for row in results["rows"]]
    return rows


def _shipped(path: Path) -> dict[str, dict[str, Any]]:
    """What ships, as if it had been kept target by target."""
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            target: {
                "fingerprint": mark,
                "environment": found["environment"],
                "rows": [row for row in found["rows"] if row["model"] == target],
            }
            for target, mark in found["fingerprints"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is damaged: restore it with git checkout, or remove it") from error


# On the page


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
