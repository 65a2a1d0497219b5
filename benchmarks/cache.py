"""A cache of results. Each is stored with a fingerprint of everything that it depends on, so stale ones are noticed."""

import hashlib
import json
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.environment import ROOT, environment
from benchmarks.results import claim_folder, finite, replace
from benchmarks.sources import closure, digest
from shared.catalog import CATALOG, Entry

Row = dict[str, Any]

TREES = ("static_tf", "dynamic_torch")
VERSIONS = ("numpy", "scikit-learn", "tensorflow", "torch")

_TIMED_TWIN = ("benchmarks.speed.worker", "{tree}.observed", "{tree}.cost")
# The modules that compute each kind of result, and those that they load by name for every model. "{tree}" stands for
# each of TREES.
MADE_BY: dict[str, tuple[str, ...]] = {
    "parity": ("benchmarks.proof.prove", "{tree}.observed"),
    "learning": ("benchmarks.learning.learn", "{tree}.observed"),
    "speed": ("benchmarks.speed.measure", *_TIMED_TWIN),
    "baselines": ("benchmarks.speed.baselines", *_TIMED_TWIN, "{tree}.baselines.twin"),
    "mutants": ("benchmarks.mutants.campaign", "benchmarks.mutants.trial", "{tree}.observed"),
    "differences": ("benchmarks.differences", "shared.differences", "{tree}.differences"),
    "experiments": ("benchmarks.experiments.training", "{tree}.observed"),
}
TIMED = ("speed", "baselines")  # results that depend on the machine, too

# Modules that the harness imports but no result depends on: the list of models, which grows; and the reasons why
# mutants are equivalent, which are looked up when results are read
NO_SOURCE = ("shared.catalog", "benchmarks.mutants.equivalent")


def fingerprint(kind: str, model: str = "", *settings: Any, root: Path = ROOT) -> str:
    """A hash of what results of a kind depend on: sources, versions, settings and, for timings, the machine.

    Sources are the syntax trees of the model's three files and of the modules that compute the results, with everything
    that they import. A target that is not a model ("optimizers") depends on all models.
    """
    found = sources(kind, model, root)
    facts: dict[str, Any] = {
        "sources": {name: digest(path, root) for name, path in sorted(found.items())},
        "versions": [_version(package) for package in VERSIONS],
        "settings": settings,
    }
    if kind in TIMED:
        facts["machine"] = _machine()
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def sources(kind: str, model: str = "", root: Path = ROOT) -> dict[str, Path]:
    """The modules that results of a kind depend on, by name."""
    seeds = [seed.format(tree=tree) for seed in MADE_BY[kind] for tree in TREES]
    for entry in _models(model):
        seeds += [f"{tree}.{entry.chapter}.{entry.name}" for tree in ("shared", *TREES)]
        if kind == "baselines" and not entry.without_baseline:
            seeds += [f"{tree}.baselines.{entry.chapter}" for tree in TREES]
    found = closure(seeds, root)
    return {name: path for name, path in found.items() if not name.startswith(NO_SOURCE)}


def _models(model: str) -> list[Entry]:
    if not model:
        return []
    return [CATALOG[model]] if model in CATALOG else list(CATALOG.values())


@cache
def _machine() -> dict[str, Any]:
    """The facts about this machine that a timing depends on; they are constant while a process runs."""
    return {name: value for name, value in environment().items() if name not in ("date", "commit")}


@cache
def _version(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return f"{package} missing"


class ResultCache:
    """Results of earlier runs, one file per kind, model and variant; each is read only while its fingerprint matches.

    `variant` is "" for results of all variants at once, and `model` is "" for results that belong to no model.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        claim_folder(folder)

    def _path(self, *names: str) -> Path:
        return self.folder / f"{'-'.join(filter(None, names))}.json"

    def latest(self, kind: str, model: str, variant: str) -> dict[str, Any] | None:
        """The results that were stored last, stale or not; None if there are none, or the file is damaged."""
        try:
            found = json.loads(self._path(kind, model, variant).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and {"fingerprint", "environment", "rows"} <= found.keys() else None

    def read(self, kind: str, model: str, variant: str, fingerprint: str) -> dict[str, Any] | None:
        """The results that were stored under this fingerprint; None if there are none."""
        found = self.latest(kind, model, variant)
        return found if found and found["fingerprint"] == fingerprint else None

    def store(
        self, kind: str, model: str, variant: str, fingerprint: str, rows: list[Row], **more: Any
    ) -> dict[str, Any]:
        """Store results under a fingerprint; return them as `read` would."""
        stored = {
            "fingerprint": fingerprint,
            "environment": environment(),
            "rows": [{k: finite(v) for k, v in row.items()} for row in rows],
            **more,
        }
        replace(self._path(kind, model, variant), json.dumps(stored, allow_nan=False))
        return stored
