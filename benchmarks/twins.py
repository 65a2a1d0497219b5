"""Load twins by name. Only this module contains their locations; it imports a framework only when one is needed."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal, overload

from shared.baselines import require as require_baseline
from shared.catalog import find
from shared.errors import UsageError, unknown
from shared.optimizers import OPTIMIZERS, OptimizerConfig
from shared.twin import Arm, ObservedTwin, Twin

SIDES = {"static": "static_tf", "dynamic": "dynamic_torch"}
FRAMEWORKS = {"static": ("tensorflow", "TensorFlow"), "dynamic": ("torch", "PyTorch")}


def require(side: str) -> None:
    """Raise `UsageError` if the framework of a side is not installed."""
    package, title = FRAMEWORKS[side]
    if find_spec(package) is None:
        raise UsageError(f"{title} is not installed, and the {side} twins need it: pip install {package}")


@overload
def twin(
    side: str, name: str, dtype: str = ..., device: str = ..., *, observed: Literal[False], **options: Any
) -> Twin: ...


@overload
def twin(side: str, name: str, dtype: str = ..., device: str = ..., **options: Any) -> ObservedTwin: ...


def twin(
    side: str,
    name: str,
    dtype: str = "float64",
    device: str = "cpu",
    *,
    variant: str = "plain",
    size: str = "small",
    threads: int | None = None,
    form: str = "plain",
    observed: bool = True,
    trained: bool = True,
    resident: bool = False,
    optimized: bool = True,
    deterministic: bool = False,
    **changes: Any,
) -> Twin:
    """One twin of a model, in its initial state: an `ObservedTwin`, or with `observed=False` a plain `Twin`.

    `dtype`, `device`, `threads`, `form` and `size` are those of `shared.twin.Arm`; the other options are documented in
    the classes. `changes` are settings of the model's configuration; its `optimizer` may be a name in
    `shared.optimizers.OPTIMIZERS`. An unknown name raises `UsageError` with a message of one line.
    """
    arm = Arm(side, dtype, device, threads, form, size)
    if isinstance(changes.get("optimizer"), str):
        if changes["optimizer"] not in OPTIMIZERS:
            raise unknown("optimizer", changes["optimizer"], OPTIMIZERS)
        changes["optimizer"] = OPTIMIZERS[changes["optimizer"]]
    spec = find(name).spec(variant, size, **changes)
    model, kind = load(side, name, observed)
    options: dict[str, Any] = {"resident": resident, "optimized": optimized, "deterministic": deterministic}
    if observed:
        options["trained"] = trained
    elif not trained:
        raise UsageError("a twin that is neither observed nor trained has nothing to do: leave out one of the two")
    return kind(model, spec, arm, **options)


def sendable(setting: Any) -> Any:
    """A setting in a form that can be sent to another process: an optimizer becomes its name."""
    if not isinstance(setting, OptimizerConfig):
        return setting
    for name, optimizer in OPTIMIZERS.items():
        if optimizer == setting:
            return name
    raise UsageError(
        f"{setting} cannot be sent to another process, because it has no name: choose from {', '.join(OPTIMIZERS)}"
    )


def load_framework(side: str) -> None:
    """Import the framework of a side, and what runs its models."""
    require(side)
    with quiet():
        import_module(f"{SIDES[side]}.twin")


def load(side: str, name: str, observed: bool = False) -> tuple[type, Any]:
    """The model's class and the class of its twin; importing them imports the framework of that side."""
    require(side)
    tree, entry = SIDES[side], find(name)
    with quiet():
        module = import_module(f"{tree}.observed" if observed else f"{tree}.twin")
    kind = module.ObservedTwin if observed else module.Twin
    return getattr(import_module(f"{tree}.{entry.chapter}.{name}"), entry.class_name), kind


def baseline(
    side: str,
    name: str,
    dtype: str = "float64",
    device: str = "cpu",
    *,
    variant: str = "plain",
    size: str = "small",
    threads: int | None = None,
    **changes: Any,
) -> Twin:
    """The baseline of a model, made of its framework's own layers, in its initial state."""
    require_baseline(name, variant)
    arm = Arm(side, dtype, device, threads, size=size)
    return load_baseline(side)(name, find(name).spec(variant, size, **changes), arm)


def load_baseline(side: str) -> Any:
    """The class that runs baselines, made of a framework's own layers; this imports the framework of that side."""
    require(side)
    with quiet():
        return import_module(f"{SIDES[side]}.baselines.twin").BaselineTwin


def cost(side: str) -> Any:
    """The module that measures the cost of a step on one side, as its framework counts it."""
    with quiet():
        return import_module(f"{SIDES[side]}.cost")


@contextmanager
def quiet() -> Iterator[None]:
    """Hide TensorFlow's start-up messages, which its C++ code writes to the terminal directly, not through sys.stderr.

    If the import fails they may contain the reason, so then they are shown.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        except BaseException:
            kept.seek(0)
            os.write(terminal, kept.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)


def pair(name: str, dtype: str = "float64", device: str = "cpu", **options: Any) -> tuple[ObservedTwin, ObservedTwin]:
    """Both twins of a model, in the same initial state: `static, dynamic = pair("lstm")`.

    Options: `variant`, `size`, `threads`, `form`, `observed`, `optimized`, `trained`, `seed`, and any setting of the
    model's configuration.
    """
    return twin("static", name, dtype, device, **options), twin("dynamic", name, dtype, device, **options)
