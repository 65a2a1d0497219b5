"""The campaign: every mutant of the given models is tried, and those that were missed are reported in full.

`python -m benchmarks mutants [MODEL ...]`
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import astuple
from queue import SimpleQueue
from typing import Any, NamedTuple

from benchmarks.cache import fingerprint
from benchmarks.faults.mutant import Mutant
from benchmarks.faults.targets import OPTIMIZER_FILE, TARGETS, planned, runs_in
from benchmarks.mutants.equivalent import EQUIVALENT
from benchmarks.mutants.lines import Lines, reaches
from benchmarks.parts import PARTS, models_with
from benchmarks.processes import WorkerDied, WorkerFailed, Workers
from benchmarks.rows import FaultRecord, FaultRow
from benchmarks.rows import record as to_record
from benchmarks.twins import SIDES
from shared import optimizers as named
from shared.catalog import CATALOG, LONGEST, find
from shared.entry import Entry
from shared.optimizers import OptimizerConfig

Row = dict[str, Any]
User = tuple[str, str]  # a model, and the name of one of the OPTIMIZERS below; empty for the model's own


class Pair(NamedTuple):
    """A pair in which mutants of one side are tried."""

    model: str
    variant: str
    optimizer: str  # as in User
    side: str


class Measured(NamedTuple):
    """What a pair takes without a mutant."""

    seconds: float  # to find that it has no difference
    lines: Lines  # that run


Ask = Callable[..., Any]  # a request to a worker, its time limit in seconds, and its arguments -> the answer

NET = "linear_regression"  # the model on which every configuration of an optimizer is tried, because it is the fastest

# The named optimizers, and those that show a fault no named one shows: weight decay in every class, an initial value
# that is not the default, and a tolerance between the gradient's size at one step and at the next
OPTIMIZERS: dict[str, OptimizerConfig] = {
    **named.OPTIMIZERS,
    "decayed_descent": named.GradientDescent(0.3, weight_decay=1e-2),
    "decayed_nesterov": named.Nesterov(0.05, weight_decay=1e-2),
    "decayed_adagrad": named.Adagrad(0.1, init=0.2, weight_decay=1e-2),
    "decayed_adadelta": named.Adadelta(epsilon=1e-4, weight_decay=1e-2),
    "decayed_rmsprop": named.RMSProp(0.01, momentum=0.5, weight_decay=1e-2),
    "scheduled_adam": named.Adam(0.01, epsilon=1e-5, schedule=named.Exponential(0.9)),
    "tolerant_bfgs": named.BFGS(tolerance=1.2),
}

PLAIN = "plain"
GAME = "gan"  # a model with an optimizer for each of two players
SAME_CODE = {"optimizer", "depth", "width", "batch"}  # settings with which a model runs the same lines of its file

COMMAND = "python -m benchmarks mutants"
CAUGHT = 0.99  # the share of non-equivalent mutants that must be caught
PATIENCE = 120.0  # seconds for a worker to start, and for the reference of one pair
GRACE, TIMES = 5.0, 3  # the time limit of a mutant, as some never end: seconds, plus times the unchanged pair's time
UNNOTICED: Row = {"caught": False, "raised": False, "how": "", "located": None, "named": ""}


def fingerprint_of(target: str) -> str:
    """A hash of what the results of a target depend on; not of its equivalent mutants, which `labelled` looks up."""
    return fingerprint("mutants", target)


def users(mutant: Mutant, target: str) -> list[User]:
    """The models that run a mutant's code: its own; for a part, the models that use its class; for an optimizer, a
    small model with every configuration of the optimizer, and the models whose settings name it. Code that runs for
    any optimizer is tried with all of them, and in a model that has two.
    """
    if target in PARTS:
        return [(name, "") for name in models_with(target, mutant.method.partition(".")[0])]
    if target != OPTIMIZER_FILE:
        return [(target, "")]
    kinds = runs_in(mutant)
    of_class = {name: type(optimizer).__name__ for name, optimizer in OPTIMIZERS.items()}
    found = [(NET, name) for name, kind in of_class.items() if kinds is None or kind in kinds]
    if kinds is None:
        return [*found, (GAME, "")]
    return found + [(name, "") for name, entry in CATALOG.items() if _own_kinds(entry) & kinds]


def variants(model: str) -> list[str]:
    """The variants in which a model's mutants are tried: all but those that run the same code in another size or by
    another optimizer. The optimizers have mutants of their own."""
    return [
        name
        for name, variant in find(model).variants.items()
        if not variant.changes or variant.changes.keys() - SAME_CODE
    ]


def pairs(mutant: Mutant, target: str, side: str) -> list[Pair]:
    """The pairs whose code contains a mutant."""
    return [
        Pair(model, variant, optimizer, side)
        for model, optimizer in users(mutant, target)
        for variant in ([PLAIN] if optimizer else variants(model))
    ]


def _own_kinds(entry: Entry) -> set[str]:
    """The classes of the optimizers' settings that a model names, in any of its variants."""
    return {type(entry.spec(variant).config.optimizer).__name__ for variant in entry.variants}


def campaign(
    targets: Sequence[str] = TARGETS, jobs: int = 2, report: Callable[[str, float], None] = lambda what, share: None
) -> Iterator[Row]:
    """Yield a row for each target and side once all its mutants are tried, in `jobs` processes of one thread each.

    `report` receives what is being tried, and the share of the whole that is done.
    """
    plan = [(target, side, planned(target, side)) for target in targets for side in SIDES]
    measured: dict[Pair, Measured] = {}
    total, done = sum(len(found) for _, _, found in plan), 0
    free: SimpleQueue[str] = SimpleQueue()
    for i in range(jobs):
        free.put(f"worker {i}")
    with ThreadPoolExecutor(jobs) as pool, Workers(1, None, PATIENCE) as workers:
        futures: list[list[Future[Row]]] = [
            [pool.submit(_try, mutant, target, side, workers, free, measured) for mutant in found]
            for target, side, found in plan
        ]
        try:
            for (target, side, _), own in zip(plan, futures):
                records = []
                for future in own:
                    records.append(future.result())
                    done += 1
                    report(f"{target}, {side} side: {len(records)} of {len(own)} mutants", done / total)
                yield row(target, side, records)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _try(
    mutant: Mutant,
    target: str,
    side: str,
    workers: Workers,
    free: "SimpleQueue[str]",
    measured: dict[Pair, Measured],
) -> Row:
    """The record of one mutant."""
    name = free.get()

    def ask(method: str, limit: float, **arguments: Any) -> Any:
        worker = workers.obtain(name, "benchmarks.mutants.trial:serve")
        worker.timeout = limit
        try:
            return worker.ask(method, **arguments)
        except WorkerFailed:
            workers.running.pop(name).kill()
            raise

    try:
        result = tried(mutant, pairs(mutant, target, side), ask, measured)
    except WorkerDied as died:  # before the mutant was planted
        result = _not_tried(died)
    finally:
        free.put(name)
    return record(mutant, result)


def tried(mutant: Mutant, candidates: Sequence[Pair], ask: Ask, measured: dict[Pair, Measured]) -> Row:
    """Try a mutant in the pairs that run its lines, the cheapest model first, until it is caught.

    If that does not name the method (nothing can be fetched from inside a while_loop), another variant of the same
    model may: all variants are proven, so all of them are tried. What is `measured` of pairs is kept there. A pair
    that differs without a mutant is an error.
    """
    for pair in candidates:
        if pair not in measured:
            seconds, lines = ask("measure", PATIENCE, pair=tuple(pair))
            measured[pair] = Measured(seconds, frozenset(map(tuple, lines)))
    reached = [pair for pair in candidates if reaches(measured[pair].lines, mutant)]
    cost = {(pair.model, pair.optimizer): measured[pair].seconds for pair in reached[::-1]}  # of the first variant
    found, caught_by = UNNOTICED, None
    for pair in sorted(reached, key=lambda pair: cost[pair.model, pair.optimizer]):
        user = (pair.model, pair.optimizer)
        if caught_by and (found["located"] or found["raised"] or caught_by != user):
            break
        result = _attempt(mutant, pair, ask, GRACE + TIMES * measured[pair].seconds)
        if not caught_by or result["located"]:
            found, caught_by = result, user if result["caught"] else None
    return found


def _attempt(mutant: Mutant, pair: Pair, ask: Ask, limit: float) -> Row:
    """Whether a pair catches a mutant. One that ends its process, or exceeds the time limit, counts as caught."""
    try:
        ask("prepare", PATIENCE, pair=tuple(pair))
    except WorkerDied as died:  # what another pair has found still counts
        return _not_tried(died)
    try:
        return ask("attempt", limit, pair=tuple(pair), fields=list(astuple(mutant)))
    except WorkerDied as died:
        how = f"its process failed: {died}"
        return {"caught": True, "raised": True, "how": how, "located": False, "named": ""}
    except WorkerFailed as failed:  # what a mutant raises is caught there: this one could not be planted
        return _not_tried(failed)


def _not_tried(why: WorkerFailed) -> Row:
    return {**UNNOTICED, "how": f"it could not be tried: {why}", "located": False}


def record(mutant: Mutant, result: Row) -> Row:
    """The record of a mutant: what it changes, and the result."""
    described = {name: getattr(mutant, name) for name in ("path", "line", "method", "operator", "what")}
    return to_record(FaultRecord(**described, equivalent=EQUIVALENT.get(mutant.key), **result))


def row(target: str, side: str, records: Sequence[Row]) -> Row:
    """Count a target's mutants on one side, and keep every record.

    Of the `caught` ones, some `raised` an error: the framework rejected them, so no proof was needed. `located` are
    those for which the changed method was named.
    """
    caught = [one for one in records if one["caught"]]
    counted = FaultRow(
        model=target,
        side=side,
        planted=len(records),
        caught=len(caught),
        raised=sum(one["raised"] for one in caught),
        equivalent=sum(one["equivalent"] is not None for one in records),
        located=sum(bool(one["located"]) for one in caught),
        ran_located=sum(bool(one["located"]) for one in caught if not one["raised"]),
        mutants=list(records),
    )
    return to_record(counted)


def labelled(row: Row) -> Row:
    """A stored row whose mutants are marked as equivalent by the entries as they are now.

    An entry is written once a campaign has shown that nothing catches the mutant, and changes no result.
    """
    keys = [(one["path"], one["method"], one["what"]) for one in row["mutants"]]
    mutants = [{**one, "equivalent": EQUIVALENT.get(key)} for one, key in zip(row["mutants"], keys)]
    return {**row, "equivalent": sum(one["equivalent"] is not None for one in mutants), "mutants": mutants}


def missed(rows: Sequence[Row]) -> list[Row]:
    """The records of mutants that were not caught and are not declared equivalent."""
    records = [one for row in rows for one in row["mutants"]]
    return [one for one in records if not one["caught"] and one["equivalent"] is None]


def misjudged(rows: Sequence[Row]) -> list[Row]:
    """The records of mutants that are declared equivalent but were caught."""
    records = [one for row in rows for one in row["mutants"]]
    return [one for one in records if one["caught"] and one["equivalent"] is not None]


def share_caught(rows: Sequence[Row]) -> float:
    """The share of non-equivalent mutants that were caught (the mutation score)."""
    counted = sum(row["planted"] - row["equivalent"] for row in rows)
    return 1 - len(missed(rows)) / counted if counted else 0.0


def share_located(rows: Sequence[Row], ran: bool = False) -> float:
    """The share of caught mutants for which the changed method was named.

    With `ran`, only of those that did not end in an error: for them only the proof can name the method.
    """
    caught = [one for row in rows for one in row["mutants"] if one["caught"] and not (ran and one["raised"])]
    return sum(bool(one["located"]) for one in caught) / len(caught) if caught else 0.0


def succeeded(rows: Sequence[Row]) -> bool:
    """Whether enough mutants were caught, and none that is declared equivalent."""
    return share_caught(rows) >= CAUGHT and not misjudged(rows)


def line(row: Row) -> str:
    """A target's counts on one side, with every mutant that was missed, or caught although declared equivalent."""
    sums = ", ".join(f"{name} {row[name]}" for name in ("planted", "caught", "raised", "located", "equivalent"))
    lines = [f"{row['model']:<{LONGEST}} {row['side']:<12}{sums}"]
    for title, records in (("MISSED", missed([row])), ("NOT EQUIVALENT", misjudged([row]))):
        lines += [f"  {title}: {r['path']}:{r['line']} {r['method']}: {r['what']}" for r in records]
    return "\n".join(lines)


def summary(rows: Sequence[Row]) -> str:
    """The whole campaign in one line."""
    planted, caught, raised, equivalent = (
        sum(row[name] for row in rows) for name in ("planted", "caught", "raised", "equivalent")
    )
    return (
        f"{planted} planted, {equivalent} equivalent, {caught} caught: {share_caught(rows):.1%} of those not equivalent"
        f" ({CAUGHT:.0%} must be); located {share_located(rows):.1%}, {share_located(rows, ran=True):.1%} without the"
        f" {raised} that ended in an error"
    )
