"""Which method is wrong if one side cannot be built or run: from the error, and from the calls made before it."""

import re
import traceback
from collections.abc import Sequence
from typing import Any

from benchmarks.diagnosis import attribution, optimizer
from benchmarks.diagnosis.argument_types import passed_wrongly
from benchmarks.diagnosis.divergence import Divergence
from benchmarks.environment import ROOT
from benchmarks.twins import SIDES, load
from shared.recording import Call, Method
from shared.twin import ObservedTwin


def broken_off(error: Exception, static: ObservedTwin, dynamic: ObservedTwin) -> Divergence:
    """The divergence if one side fails when it runs."""
    batch = next(static.spec.batches())
    others = dynamic.calls_that_run(batch)
    calls = static.calls_that_run(batch, others), others
    found = {"static": attribution.broken_off(*calls[::-1]), "dynamic": attribution.broken_off(*calls)}
    own = _method_of_optimizer(error)
    made = attribution.made_otherwise(*calls) or attribution.kept_otherwise(static.model, dynamic.model)
    if made and not own:
        return _not_run(error, made)
    known = {side: method for side, method in found.items() if method}
    models = {"static": static.model, "dynamic": dynamic.model}
    for side, model in models.items():
        if method := _unusable_result(error, model):
            known = known or {side: method}
        if own and f"/{SIDES[side]}/" in own.path:
            known[side] = own
    return _not_run(error, attribution.both_sides(known, models))


def _unusable_result(error: Exception, model: Any, calls: Sequence[Call] = ()) -> Method | None:
    """The method of a model whose result could not be used: `inputs` if an entry is missing, `loss` if it is no number.

    None if the error has another reason, or comes from the other side.
    """
    frames = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    if not any(code.co_filename == f"{ROOT}/{type(model).__module__.partition('.')[0]}/model.py" for code in frames):
        return None
    missing = isinstance(error, KeyError) and frames[-1].co_qualname.startswith("arguments")
    added = isinstance(error, TypeError) and frames[-1].co_qualname == "Model.objective"
    return _maker(model, "inputs" if missing else "loss", calls) if missing or added else None


def _maker(model: Any, name: str, calls: Sequence[Call]) -> Method:
    """A method of a model, or the one whose result it only hands on, as its task's."""
    found = attribution.method_of(model, name)
    for outer in (call for call in calls if call.method == found):
        for inner in (call for call in calls if call.parent is outer and call.results.keys() == outer.results.keys()):
            if all(inner.results[leaf] is outer.results[leaf] for leaf in outer.results):
                return inner.method
    return found


def _method_of_optimizer(error: Exception) -> Method | None:
    """The optimizer's method that an error comes from, by its traceback: most optimizers' calls are not recorded."""
    if wrong := optimizer.wrong_in(error) or passed_wrongly(error):
        return wrong
    for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__))):
        if frame.f_code.co_filename.endswith("/optimizers.py"):
            name = frame.f_code.co_qualname.partition(".<locals>")[0]
            return Method(frame.f_code.co_filename, frame.f_code.co_firstlineno, name)
    return None


def not_built(error: Exception, side: str, other: Any) -> Divergence:
    """The divergence if one side could not be built, from its error and the other side's twin."""
    recorded = getattr(error, "record_calls", None) or getattr(_twin_in(error), "_calls", [])
    reference = other.calls(next(other.spec.batches()))
    made = attribution.calling_otherwise(recorded, reference, True) or attribution.made_otherwise(recorded, reference)
    own = getattr(_twin_in(error), "model", None)
    own = None if isinstance(own, type) else own
    models = {side: own, other.side: other.model}
    kept = own and attribution.kept_otherwise(models["static"], models["dynamic"])
    if kept and not attribution.received_otherwise(kept[side], recorded, reference):
        made = {"static": kept[side]}
    cut = attribution.blocked(recorded, reference)
    method = _missing(error, other.model) or (cut and cut["static"]) or _function(error) or (made and made["static"])
    method = method or _shaped_wrongly(error, other, recorded) or (own and _unusable_result(error, own, recorded))
    method = method or attribution.broken_off(reference, recorded)
    known = {side: method} if method else _other_parts(error, other)
    model, _ = load(side, type(other.spec).__module__.rpartition(".")[2])
    return _not_run(error, attribution.both_sides(known, {side: model, other.side: other.model}) if known else {})


def _shaped_wrongly(error: Exception, other: ObservedTwin, calls: Sequence[Call]) -> Method | None:
    """The method that left out a parameter, or made one, or a placeholder, whose shape is not that of its value, or no
    placeholders at all; None if all fit."""
    own = _twin_in(error)
    if own is None or isinstance(own.model, type):
        return None
    initial, batch = other.spec.initial(), next(other.spec.batches())
    parameters = own.model.canonical_parameters()
    layout = list if own.side == "static" else sorted  # the graph's layout is the canonical one
    for name, w in parameters.items():
        if name in initial and layout(w.shape) != layout(initial[name].shape):
            return attribution.owner(own.model, name)
    left_out = [name for name in other.model.canonical_parameters() if name not in parameters]
    if left_out:
        return attribution.owner(own.model, left_out[0])
    placeholders = getattr(own, "_inputs", {})
    fit = isinstance(placeholders, dict) and all(
        placeholder is None or name not in batch or placeholder.shape.is_compatible_with(batch[name].shape)
        for name, placeholder in placeholders.items()
    )
    return None if fit else _maker(own.model, "inputs", calls)


def _twin_in(error: Exception) -> Any:
    """The twin that was being made when an error was raised; None if there was none yet."""
    found = (frame.f_locals.get("self") for frame, _ in traceback.walk_tb(error.__traceback__))
    return next((twin for twin in found if hasattr(twin, "model") and hasattr(twin, "spec")), None)


def _missing(error: Exception, model: Any) -> Method | None:
    """The constructor of a part, if the part lacks an attribute that it should set: by name, or as the other side's
    `model` or one of its parameters is called."""
    part, name = (getattr(error, key, None) for key in ("obj", "name"))
    known = hasattr(model, str(name)) or name in {own.rpartition("/")[2] for own in model.canonical_parameters()}
    init = getattr(type(part), "__init__", None)
    names = getattr(init, "__code__", _missing.__code__).co_names
    given = isinstance(error, AttributeError) and (name in names or ("setattr" in names and known))
    return attribution.method_of(part, "__init__") if given else None


def _function(error: Exception) -> Method | None:
    """The function of the optimizers that an error comes from: their calls are not recorded."""
    if wrong := optimizer.wrong_in(error) or passed_wrongly(error):
        return wrong
    for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__))):
        path, name = frame.f_code.co_filename.removeprefix(f"{ROOT}/"), frame.f_code.co_qualname
        if path.split("/")[1:] == ["optimizers.py"]:
            return Method(frame.f_code.co_filename, frame.f_code.co_firstlineno, name) if "." not in name else None
    return None


def _other_parts(error: Exception, other: Any) -> dict[str, Method]:
    """If a state does not fit, the other side's constructor of the part that has a parameter more or fewer."""
    lists = [set(re.findall(r"'([^']+)'", text)) for text in re.findall(r"\[([^]]*)\]", str(error))]
    if not isinstance(error, ValueError) or "fit" not in str(error) or len(lists) != 2:
        return {}
    names = [name for name in lists[0] ^ lists[1] if name.rpartition("/")[0] not in lists[0] | lists[1]]  # no slots
    names.sort(key=lambda name: (name not in other.model.canonical_parameters(), name))
    return {other.side: attribution.owner(other.model, names[0])} if names else {}


def _not_run(error: Exception, methods: dict[str, Method]) -> Divergence:
    note = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
    return Divergence("run", "run", type(error).__name__, 0, "training", "data", methods, note=note)
