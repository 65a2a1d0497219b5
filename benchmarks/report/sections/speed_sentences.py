"""Sentences that interpret the figures of timings, one per figure."""

from collections.abc import Mapping, Sequence

from benchmarks.report.formatting import listed, number, percent, times
from benchmarks.report.sections.machines import Machine
from benchmarks.report.sections.timings import CONCLUSIONS, Key, Row, Split, Timing, title
from benchmarks.speed.baselines import LIMIT
from benchmarks.speed.disturbance import BUSY, UNSTEADY
from benchmarks.twins import SIDES

OPPOSITE = {"static faster": "dynamic faster", "dynamic faster": "static faster"}


def meaning(by_machine: Sequence[tuple[Machine, Mapping[Key, Timing]]], device: str) -> str:
    """Count the pairs in which each side is faster, on the first machine with ratios (the user's own, if it has any),
    and name those for which another machine gives the opposite result."""
    rows = [(machine, {k: row for k, t in timed.items() if (row := t.ratio())}) for machine, timed in by_machine]
    (first, found), *others = [(machine, ratios) for machine, ratios in rows if ratios]
    said = [part for conclusion in CONCLUSIONS if (part := _of_pairs(found, conclusion))]
    pairs = f"{len(found)} pair{'' if len(found) == 1 else 's'}"
    return f"{_of(first, device)} {pairs} {listed(said)}{_opposites(found, others, device)}."


def _of(machine: Machine, device: str) -> str:
    """Return the beginning of a sentence that counts results of a machine."""
    return "Of" if machine.own else f"Not measured here; on {machine.name(device)}, of"


def _of_pairs(found: Mapping[Key, Row], conclusion: str) -> str:
    """State how many pairs have this conclusion and, if one side is faster, the pair with the most extreme ratio."""
    own = {key: row["ratio"] for key, row in found.items() if row.get("conclusion") == conclusion}
    if not own:
        return ""
    if conclusion == "not significant":
        return f"in {len(own)} neither side is significantly faster"
    if conclusion == "too few processes":
        return f"{len(own)} {'was' if len(own) == 1 else 'were'} timed in too few processes for a conclusion"
    if conclusion in (BUSY, UNSTEADY):
        has, was = "has" if len(own) == 1 else "have", conclusion.partition(":")[0]
        return f"{len(own)} {has} no conclusion, as the machine was {was}"
    side = conclusion.removesuffix(" faster")
    most = (min if side == "static" else max)(own, key=lambda key: own[key])
    factor = 1 / own[most] if side == "static" else own[most]
    are = "is" if len(own) == 1 else "are"
    return f"{len(own)} {are} faster on the {side} side (up to {times(factor)}, {title(most)})"


def _opposites(found: Mapping[Key, Row], others: Sequence[tuple[Machine, Mapping[Key, Row]]], device: str) -> str:
    """Name the pairs for which another machine gives the opposite conclusion."""
    said = []
    for machine, theirs in others:
        both = [key for key in found if key in theirs]
        opposite = [
            key for key in both if OPPOSITE.get(str(found[key].get("conclusion"))) == theirs[key].get("conclusion")
        ]
        if both:
            names = listed([title(key) for key in opposite]) if opposite else f"none of {len(both)}"
            said.append(f"{machine.mark} {machine.name(device)} shows the opposite for {names}")
    return f"; {'; '.join(said)}" if said else ""


def beside(machine: Machine, by_model: Mapping[str, Sequence[Row]], device: str) -> str:
    """State how many twins take too long relative to their baselines, and which has the largest ratio."""
    rows = [row for own in by_model.values() for row in own]
    slow = [row for row in rows if (number(row.get("ratio_low")) or 0) > LIMIT]
    longest = max(rows, key=lambda row: row["ratio"])
    count = f"{len(rows)} twin{'' if len(rows) == 1 else 's'} {len(slow) or 'none'} take{'s' * (len(slow) < 2)}"
    most = f"{times(longest['ratio'])} as long, {longest['model']}, {longest['side']}"
    return f"{_of(machine, device)} {count} more than {times(LIMIT)} as long as the layers (at most {most})."


def parts(splits: Mapping[tuple[Key, str], Split], unstable: int) -> str:
    """State in how many pairs most of a training step is spent between or inside operations, on each side; the largest
    share of feeding; and how many timings are unstable."""
    said = []
    for side in SIDES:
        own = [split for (_, of), split in splits.items() if of == side]
        if own:
            inside = sum(split.inside > split.step / 2 for split in own)
            between = sum(split.between > split.step / 2 for split in own)
            said.append(
                f"on the {side} side more than half of a step is spent between operations in {between} of {len(own)} "
                f"pairs, and inside them in {inside}"
            )
    (key, side), split = max(splits.items(), key=lambda item: item[1].feeding / item[1].step)
    most = percent(split.feeding / split.step)
    said.append(f"feeding takes {most} of it at most ({title(key)}, {side})")
    if unstable:
        said.append(
            f"{unstable} of these {len(splits)} bars {'is' if unstable == 1 else 'are'} based on unstable timings"
        )
    return f"{capital('; '.join(said))}."


def costs(rows: Sequence[tuple[str, str, Timing]]) -> str:
    """State which step makes the best use of the machine, and the overhead of the harness."""
    said = []
    used = [(share, name, side, timing) for name, side, timing in rows if (share := timing.of_ceiling(side))]
    if used:
        share, name, side, timing = max(used, key=lambda one: one[0])
        said.append(
            f"the best use of the machine is made by {name}, {side}: {percent(share)} of the "
            f"{(timing.ceiling() or 0) / 1e9:,.3g} GFLOP/s that a product of two large matrices reaches"
        )
    added = [
        harness / step
        for _, side, timing in rows
        if (harness := number(timing.fact("harness_s", side))) and (step := timing.seconds("step", side))
    ]
    if added:
        said.append(f"the harness adds at most {percent(max(added))} to a step")
    return f"{capital('; '.join(said))}." if said else ""


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
