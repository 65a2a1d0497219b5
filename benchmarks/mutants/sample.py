"""A random sample of a target's mutants, tried in one process, because a test cannot afford a whole campaign."""

import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

from benchmarks.environment import ROOT
from benchmarks.faults.mutant import Mutant
from benchmarks.faults.plant import planted
from benchmarks.faults.targets import planned
from benchmarks.mutants.campaign import pairs
from benchmarks.mutants.trial import Reference, reference_of
from benchmarks.twins import SIDES, twin

PATIENCE = 120  # seconds for one pair: some mutants never end


def commit() -> str:
    """The commit that is checked out; "" if git reports none."""
    with suppress(OSError, subprocess.SubprocessError):
        asked = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
        return subprocess.run(asked, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    return ""


def sample(target: str, side: str, count: int, seed: str) -> list[Mutant]:
    """Draw some mutants of a target on one side; `seed`, such as a commit, decides which."""
    found = planned(target, side)
    return random.Random(f"{seed} {target} {side}").sample(found, min(count, len(found)))


def is_noticed(mutant: Mutant, target: str) -> bool:
    """Whether a mutant makes any pair that runs its code different, in any variant."""
    side = next(side for side, tree in SIDES.items() if mutant.path.startswith(f"{tree}/"))
    return any(_is_noticed_by(_reference(*pair), mutant) for pair in pairs(mutant, target, side))


_reference = cache(reference_of)  # a reference costs as much as a few mutants


def _is_noticed_by(reference: Reference, mutant: Mutant) -> bool:
    try:
        with (
            _within(PATIENCE),
            planted(mutant),
            twin(reference.side, reference.model, **reference.options()) as changed,
        ):
            return next(reference.failures(changed), None) is not None
    except Exception:  # a mutant may break anything: then it is caught
        return True


@contextmanager
def _within(seconds: int) -> Iterator[None]:
    """Context that raises a TimeoutError after some seconds."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"not done in {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
