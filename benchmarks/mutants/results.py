"""Results of the campaign of planted faults: stored by the command, shipped with the project.

A campaign takes minutes, so the report does not run one. It shows the user's own results while they are current, else
those that ship with the project, and marks either where something has changed since.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.cache import ResultCache
from benchmarks.environment import PACKAGES, ROOT
from benchmarks.mutants.campaign import COMMAND, TARGETS, fingerprint_of, labelled
from benchmarks.results import read, replace, to_lines
from shared.errors import UsageError

Row = dict[str, Any]

KIND = "mutants"
SHIPPED = ROOT / "benchmarks" / "mutants" / "results.jsonl.gz"


def compact(row: Row) -> Row:
    """A row of the campaign that lists only the mutants to be explained: the missed, and those declared equivalent.

    The others are counted.
    """
    return {**row, "mutants": [one for one in row["mutants"] if not one["caught"] or one["equivalent"] is not None]}


def store(folder: Path, target: str, fingerprint: str, rows: Iterable[Row]) -> None:
    """Store a target's rows for the report that is made in `folder`.

    `fingerprint` is from before the campaign, so that edits made while it ran count as changes.
    """
    ResultCache(folder / "kept").store(KIND, target, "", fingerprint, list(rows))


def ship(folder: Path, path: Path = SHIPPED) -> None:
    """Make the latest results of every target those that ship with the project: stored in `folder`, or else shipped
    already. The report marks those whose sources have changed since; a target without any is an error."""
    kept, shipped = ResultCache(folder / "kept"), _shipped(path)
    found = {target: kept.latest(KIND, target, "") or shipped.get(target) for target in TARGETS}
    true = {target: results for target, results in found.items() if results}
    if missing := found.keys() - true.keys():
        raise UsageError(f"not measured: {COMMAND} {' '.join(target for target in found if target in missing)}")
    environment = max((results["environment"] for results in true.values()), key=lambda facts: facts["date"])
    measured = {target: _facts(results) for target, results in true.items()}
    rows = [compact(labelled(row)) for results in true.values() for row in results["rows"]]
    path.parent.mkdir(exist_ok=True)
    replace(path, to_lines(environment, rows, measured=measured))


def _facts(results: dict[str, Any]) -> dict[str, Any]:
    """Of which sources a target's results are, of which date and of which versions of the packages."""
    environment = {name: results["environment"].get(name) for name in ("date", *PACKAGES)}
    return {"fingerprint": results["fingerprint"], "environment": environment}


def collect(folder: Path, path: Path = SHIPPED) -> list[Row]:
    """The rows of every target that has any, with their origin, date and versions, and whether they are `changed`: that
    is, whether sources or versions differ by now.

    Current results are preferred; otherwise the user's own to those that ship.
    """
    kept, shipped = ResultCache(folder / "kept"), _shipped(path)
    rows = []
    for target in TARGETS:
        current = fingerprint_of(target)
        found = {"kept": kept.latest(KIND, target, ""), "shipped": shipped.get(target)}
        there = [(origin, results) for origin, results in found.items() if results]
        for origin, results in sorted(there, key=lambda pair: pair[1]["fingerprint"] != current)[:1]:
            facts = _facts(results)["environment"] | {"origin": origin, "changed": results["fingerprint"] != current}
            rows += [{**compact(labelled(row)), **facts} for row in results["rows"]]
    return rows


def _shipped(path: Path) -> dict[str, dict[str, Any]]:
    """The shipped results by target, in the form of stored ones."""
    if not path.exists():
        return {}
    found = read(path)
    if not isinstance(found.get("measured"), dict):
        raise UsageError(f"{path} has no results of a campaign: restore it with git checkout, or remove it")
    return {
        target: {**facts, "rows": [row for row in found["rows"] if row.get("model") == target]}
        for target, facts in found["measured"].items()
    }
