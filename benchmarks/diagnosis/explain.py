"""The diagnosis of a failed proof, added to its rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.diagnosis.causes import diagnose
from benchmarks.processes import Host
from benchmarks.proof.verdicts import Row, first_failure

ROUNDING_GROWS = "every block agrees in float64 when compared alone: the difference is accumulated rounding"


def explain(
    rows: Sequence[Row], name: str, device: str = "cpu", hosts: Mapping[str, Host] | None = None, **options: Any
) -> list[Row]:
    """Return the rows of a proof. The first `different` one gets where the pair first diverges (`where`), and the known
    difference that explains it (`cause`).

    `options` are those of the proof: variant, steps, size, seed, optimizer. The diagnosis runs in this process on the
    CPU, so the rows of a pair that ran on a GPU, or on other hosts, stay unchanged.
    """
    failure = first_failure(rows)
    if failure is None or device != "cpu" or hosts:
        return list(rows)
    try:
        divergence, cause = diagnose(name, **options)
        found = {"where": str(divergence or ROUNDING_GROWS), "cause": str(cause or "")}
    except Exception as error:  # the verdict stands, located or not
        found = {"where": f"could not be located: {type(error).__name__}: {error}"}
    return [{**row, **found} if row is failure else row for row in rows]
