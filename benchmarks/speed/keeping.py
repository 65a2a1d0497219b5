"""Timings that the speed command has taken, kept for the report while nothing that they depend on has changed."""

from pathlib import Path
from typing import Any

from benchmarks.results import Kept, fingerprint
from benchmarks.speed.measure import Effort, Job

Row = dict[str, Any]

KIND = "timing"
DEFAULTS = {"form": "plain", "size": "small", "dtype": "float32", "threads": 1, "sweep": None}


def mark(job: Job, effort: Effort) -> str:
    """What the timings of a job depend on: its settings, sources, versions, machine, and how much was measured."""
    return fingerprint("speed", job.model, *vars(job).values(), effort.launches, repr(dict(effort.places)))


def keep(folder: Path, job: Job, effort: Effort, rows: list[Row]) -> None:
    """Keep the rows of a job, in a file of their own; what failed is not kept."""
    if not any(row["error"] for row in rows):
        name = "-".join(str(value) for value in list(vars(job).values())[1:] if value is not None)
        settings = {"job": vars(job), "launches": effort.launches, "interpreters": repr(dict(effort.places))}
        Kept(folder / "kept").write(KIND, job.model, name, mark(job, effort), rows, **settings)


def kept(folder: Path) -> list[Row]:
    """The rows that are still true, of all that were kept, but for those that the report takes itself."""
    found: list[Row] = []
    for path in sorted((folder / "kept").glob(f"{KIND}-*.json")):
        results = Kept(folder / "kept").latest(*path.stem.split("-", 2))
        if results is None or not isinstance(results.get("job"), dict):
            continue
        job = results["job"]
        own = {name: job.get(name) for name in DEFAULTS}
        settings = [*job.values(), results.get("launches"), results.get("interpreters")]
        if own != DEFAULTS and results["fingerprint"] == fingerprint("speed", job["model"], *settings):
            found += results["rows"]
    return found
