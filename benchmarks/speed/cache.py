"""Timings of the speed command, stored for the report. They are used while nothing that they depend on has changed."""

from pathlib import Path
from typing import Any

from benchmarks import cache
from benchmarks.cache import ResultCache
from benchmarks.speed.jobs import Job, TimingSettings

Row = dict[str, Any]

KIND = "timing"
DEFAULTS = {"form": "plain", "size": "small", "dtype": "float32", "threads": 1, "sweep": None}


def fingerprint(job: Job, settings: TimingSettings, side: str = "", other: str = "") -> str:
    """A hash of what the timings of a job depend on: options, sources, versions, machine, hosts, number of launches.

    With a `side`, the job does not compare a pair, but that side's twin with its baseline, or with that of the model
    `other`: then one hash for each.
    """
    jobs = [vars(job), vars(job) | {"model": other}] if other else [vars(job)]
    hosts = repr(dict(settings.hosts))
    return " ".join(_fingerprint(one, settings.launches, hosts, side) for one in jobs)


def store(folder: Path, job: Job, settings: TimingSettings, rows: list[Row], side: str = "") -> None:
    """Store the rows of a job in their own file, unless it failed."""
    if not any(row["error"] for row in rows):
        name = "-".join(str(value) for value in (*list(vars(job).values())[1:], side or None) if value is not None)
        options = {"launches": settings.launches, "interpreters": repr(dict(settings.hosts)), "side": side}
        ResultCache(folder / "kept").store(
            KIND, job.model, name, fingerprint(job, settings, side), rows, job=vars(job), **options
        )


def stored(folder: Path) -> list[Row]:
    """All stored rows that are not stale, except those of jobs that the report measures itself."""
    found: list[Row] = []
    for path in sorted((folder / "kept").glob(f"{KIND}-*.json")):
        results = ResultCache(folder / "kept").latest(*path.stem.split("-", 2))
        if results is None or not isinstance(results.get("job"), dict):
            continue
        job = results["job"]
        own = {name: job.get(name) for name in DEFAULTS}
        side = results.get("side")
        options = job, results.get("launches"), results.get("interpreters"), side
        if (own != DEFAULTS or side) and results["fingerprint"] == _fingerprint(*options):
            found += results["rows"]
    return found


def _fingerprint(job: dict[str, Any], launches: Any, interpreters: Any, side: Any) -> str:
    return cache.fingerprint(
        "baselines" if side else "speed", job["model"], *job.values(), launches, interpreters, side
    )
