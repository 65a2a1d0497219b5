"""The function that made an optimizer wrong, read from the optimizer itself.

The methods of the frameworks' optimizers are not recorded. But what a constructor has stored, what `build` has passed
to it, which slots there are, and what the small functions around a step return can be compared with the configuration,
callees first. This works also on an optimizer that was being made when an error was raised: the traceback has it.
"""

import inspect
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from types import FrameType, SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.diagnosis.argument_types import has_type
from shared.optimizers import Adam, Descent

Check = tuple[str, Callable[[], bool]]  # a function of the optimizers' file, and what holds if it is right

# The frameworks' names of an optimizer's settings -> this project's names
SETTINGS = {
    **dict.fromkeys(("lr", "_lr", "_learning_rate", "learning_rate"), "learning_rate"),
    **dict.fromkeys(("rho", "_rho", "alpha", "_decay"), "decay"),
    **dict.fromkeys(("eps", "_epsilon", "epsilon"), "epsilon"),
    **dict.fromkeys(("momentum", "_momentum"), "momentum"),
    **dict.fromkeys(("nesterov", "_use_nesterov"), "nesterov"),
    **dict.fromkeys(("centered", "_centered"), "centered"),
    **dict.fromkeys(("initial_accumulator_value", "_initial_accumulator_value"), "init"),
    **{name: name for name in ("beta1", "beta2", "weight_decay", "tolerance")},
}
GRADIENTS = [np.array([3.0, -4.0]), np.array([[0.5]])]  # to be clipped, and to have the decay of
WEIGHTS = [np.array([1.0, 2.0]), np.array([[-2.0]])]  # added


def settings(optimizer: Any) -> dict[str, Any]:
    """The numbers that an optimizer was built with, under the same names on both sides; what is no number, as it is."""
    stored = {**vars(optimizer), **vars(inner(optimizer)), **getattr(optimizer, "defaults", {})}
    stored |= {f"beta{i}": beta for i, beta in enumerate(stored.get("betas", ()), 1)}
    # Without the tensor of a falling learning rate
    found = {SETTINGS[name]: x for name, x in stored.items() if name in SETTINGS and not hasattr(x, "graph")}
    numbers = (int, float, np.floating)
    found = {
        name: float(x) if isinstance(x, numbers) else x for name, x in found.items()
    }  # not a falling rate's tensor
    return {"weight_decay": 0.0, "momentum": 0.0, "nesterov": 0.0, **found}


def inner(optimizer: Any) -> Any:
    """The optimizer that another is wrapped around."""
    return getattr(optimizer, "optimizer", optimizer)


def slot_names(optimizer: Any) -> dict[str, str]:
    """A framework's names of an optimizer's slots, with their canonical names."""
    return _module(inner(optimizer)).slot_names(optimizer)


def wrong(thing: Any) -> str:
    """The function of the optimizers' file that made an optimizer, or a graph's step of BFGS, wrong; "" if none did."""
    checks = _of_step(thing) if type(thing).__name__ == "HostStep" else _of_optimizer(thing)
    return next(filter(None, (_broken(name, check) for name, check in checks)), "")


def wrong_in(error: BaseException) -> str:
    """The same for what is in an error's traceback, callees first."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)][::-1]
    own = [frame for frame in frames if frame.f_code.co_filename.endswith("/optimizers.py")]
    lacking = next(filter(None, (_lacking(error, frame) for frame in own)), "")
    things = [frame.f_locals[name] for frame in own for name in ("self", "optimizer") if name in frame.f_locals]
    twins = [frame.f_locals["self"] for frame in frames if hasattr(frame.f_locals.get("self"), "model")]
    things += [one for twin in twins for one in _of_model(twin.model)]
    things += [step.on_host for twin in twins for step in getattr(twin, "_steps", ()) if step.on_host is not None]
    return lacking or next(filter(None, map(wrong, things)), "")


def _of_model(model: Any) -> list[Any]:
    """The optimizers that a model has as attributes."""
    kept = getattr(model, "__dict__", {}).values()
    return [one for one in kept if _is_optimizer(one)]


def _is_optimizer(thing: Any) -> bool:
    return hasattr(thing, "param_groups") or hasattr(thing, "get_slot_names")


def _broken(name: str, check: Callable[[], bool]) -> str:
    """The function that is wrong if a check of `name` does not hold: the innermost one that raises an error, if any."""
    try:
        return "" if check() else name
    except Exception as error:  # a fault may make anything raise
        paths = [
            (frame.f_code.co_filename, frame.f_code.co_qualname) for frame, _ in traceback.walk_tb(error.__traceback__)
        ]
        raising = [function for path, function in paths if path.endswith("/optimizers.py") and "<" not in function]
        return raising[-1] if raising else name


def _module(thing: Any) -> Any:
    """The optimizers' file of the tree that uses an optimizer, which may be of its framework's own class."""
    static = type(thing).__module__.startswith(("tensorflow", "static_tf"))
    return sys.modules[f"{'static_tf' if static else 'dynamic_torch'}.optimizers"]


def _of_optimizer(thing: Any) -> Iterator[Check]:
    groups = getattr(thing, "param_groups", None)
    if not _is_optimizer(thing):
        return
    for one in dict.fromkeys((inner(thing), thing)):
        if getattr(_module(thing), type(one).__name__, None) is type(one):
            yield f"{type(one).__name__}.__init__", partial(_stores_arguments, one)
    config = groups[0].get("config") if groups else getattr(thing, "config", None)
    if config is not None:
        yield from (_of_loop if groups else _of_graph)(thing, config)


def _stores_arguments(thing: Any) -> bool:
    """Whether the constructor of an optimizer's class stores each argument under its name, in `defaults` in PyTorch."""
    kind, groups = type(thing), getattr(thing, "param_groups", None)
    names = [name for name in inspect.signature(kind).parameters if name not in ("use_locking", "name", "params")]
    given: dict[str, Any] = {name: 0.5 + i for i, name in enumerate(names)}
    if "optimizer" in given:
        given["optimizer"] = SimpleNamespace(get_name=lambda: "inner")
    made = kind(*([groups[0]["params"]] if groups else []), **given)
    stored = {**vars(made), **getattr(made, "defaults", {})}
    return all(stored.get(name) == value for name, value in given.items())


def _has_settings(thing: Any, config: Any) -> Check:
    stored = settings(thing)
    chosen = "descent" if isinstance(config, Descent) else "build"
    return chosen, lambda: all(stored[name] == getattr(config, name) for name in stored if hasattr(config, name))


def _of_graph(thing: Any, config: Any) -> Iterator[Check]:
    """The checks of an optimizer of TF1."""
    module, tf, wrapped = _module(thing), _module(thing).tf, inner(thing) is not thing
    yield "slot_names", lambda: has_type(module.slot_names(thing), dict[str, str])
    if isinstance(config, Descent):
        added = (config.clip_value, config.clip_norm, config.weight_decay)
        yield "scheduled", partial(_is_rate, module.scheduled, config)
        if (step := getattr(thing, "step", None)) is not None:
            yield "build", partial(_is_count, tf, step, f"{thing.get_name()}/step")
        yield "build", lambda: wrapped == (config.schedule is not None or added != (None, None, 0.0))
        if wrapped:
            yield "build", lambda: (thing.clip_value, thing.clip_norm, thing.weight_decay) == added
            yield "build", lambda: (thing.step is not None) == (config.schedule is not None)
    yield _has_settings(thing, config)
    if wrapped:
        own = inner(thing)

        def computed(method: Callable[..., Any], *arrays: Sequence[np.ndarray]) -> Any:
            with tf.Graph().as_default(), tf.Session() as session:
                return session.run(method(*([tf.constant(x) for x in given] for given in arrays)))

        decayed = [g + thing.weight_decay * w for g, w in zip(GRADIENTS, WEIGHTS)]
        yield "Extended.clip", lambda: _equal(computed(thing.clip, GRADIENTS), _clipped(config))
        yield "Extended.add_weight_decay", lambda: _equal(computed(thing.add_weight_decay, GRADIENTS, WEIGHTS), decayed)
        yield "Extended.get_slot_names", lambda: thing.get_slot_names() == own.get_slot_names()
        made = [slot for of_variable in own._slots.values() for slot in of_variable.values()]
        variables = made[0].graph.get_collection("trainable_variables") if made else []
        pairs = [(w, name) for w in variables for name in own.get_slot_names()]
        yield "Extended.get_slot", lambda: all(thing.get_slot(*pair) is own.get_slot(*pair) for pair in pairs)
        yield "Extended.compute_gradients", partial(_computes_gradients, tf, thing)
    yield "slots", partial(_lists_slots, tf, module.slots, config)


def _is_rate(scheduled: Callable[..., Any], config: Descent) -> bool:
    found = scheduled(replace(config, schedule=None), None)
    return isinstance(found, np.float64) and found == config.learning_rate


def _is_count(tf: Any, step: Any, name: str) -> bool:
    """Whether a variable counts steps: from 0, untrained, as an integer."""
    with tf.Session(graph=step.graph) as session:
        start = session.run(step.initial_value)
    return step.op.name == name and not step.trainable and start.dtype == np.int64 and start == 0


def _computes_gradients(tf: Any, thing: Any) -> bool:
    with tf.Graph().as_default():
        w = tf.get_variable("w", (2,))
        ((_, found),) = thing.compute_gradients(w[0] * w[1], [w])
    return found is w


def _lists_slots(tf: Any, slots: Callable[..., Any], config: Any) -> bool:
    """Whether `slots` lists variables by their names, for an optimizer of its own."""
    with tf.Graph().as_default():
        w = tf.get_variable("w", (2,), tf.float64)
        made = sys.modules[slots.__module__].build(config)
        made.minimize(w[0] * w[1], var_list=[w])
        return all(name.startswith("w/") and hasattr(value, "initializer") for name, value in slots(made, [w]).items())


def _of_loop(thing: Any, config: Any) -> Iterator[Check]:
    """The checks of an optimizer of PyTorch."""
    module, group = _module(thing), thing.param_groups[0]
    yield _has_settings(thing, config)
    yield "slot_names", lambda: has_type(module.slot_names(thing), dict[str, str])
    yield "initial_slots", lambda: has_type(module.initial_slots(thing), dict[str, float])
    if type(thing) is module.RMSProp:
        yield "RMSProp.step", partial(_applies_to_all, module)
    if not isinstance(config, Descent):
        yield "BFGS._flat", partial(_flattens, module)
        yield "BFGS._assign", partial(_assigns, module)
        yield "BFGS.reset", partial(_starts_at_identity, module, thing, thing.reset)
        yield "reset", partial(_starts_at_identity, module, thing, partial(module.reset, thing))
        return
    counted = isinstance(config, Adam) or config.schedule is not None
    clips = config.clip_value is not None or config.clip_norm is not None
    hooks = ["before"] * counted + ["clip_all"] * clips, ["after"] * counted

    def extended() -> Any:
        other = module.descent(config, [("w", module.nn.Parameter(module.torch.ones(1)))])
        return other, module.Extended(other, config)

    yield "Extended.__init__", lambda: _hooks(extended()[0]) == hooks
    yield "Extended.__init__", lambda: ("count" in extended()[0].param_groups[0]) == counted
    yield "Extended.__init__", lambda: not counted or group["count"].dtype == module.torch.int64
    yield "build", lambda: _hooks(thing) == hooks
    given = [module.torch.from_numpy(g) for g in GRADIENTS]
    yield "Extended.clip", lambda: _equal([g.numpy() for g in extended()[1].clip(given)], _clipped(config))
    if counted:
        yield "Extended.before", partial(_prepares, thing)
        yield "Extended.after", partial(_counts, thing)
    yield "reset", partial(_resets, module, thing)
    canonical = [module.slot_names(thing)[slot] for slot in module.initial_slots(thing)]
    listed = {f"{name.replace('.', '/')}/{slot}" for name in group["param_names"] for slot in canonical}
    listed |= {f"{group['name']}/step"} if counted else set()
    yield "slots", lambda: module.slots(thing).keys() == listed


def _hooks(optimizer: Any) -> tuple[list[str], list[str]]:
    """The names of the functions that PyTorch calls before and after a step."""
    hooks = optimizer._optimizer_step_pre_hooks, optimizer._optimizer_step_post_hooks
    before, after = ([hook.__name__ for hook in found.values()] for found in hooks)
    return before, after


def _resets(module: Any, optimizer: Any) -> bool:
    """Whether `reset` gives every parameter the slots that it should have, with their initial values."""
    group = optimizer.param_groups[0]
    before = {w: {name: value.clone() for name, value in optimizer.state[w].items()} for w in group["params"]}
    count = group["count"].clone() if "count" in group else None
    if count is not None:
        group["count"].fill_(3)
    module.reset(optimizer)
    slots = {"step": 0.0, **module.initial_slots(optimizer)}
    right = count is None or group["count"].item() == 0
    for w in group["params"]:
        found = optimizer.state[w]
        right &= found.keys() == slots.keys() and not any(value is w for value in found.values())
        right &= all((found[name] == start).all().item() for name, start in slots.items())
        optimizer.state[w] = before[w]
    if count is not None:
        group["count"].copy_(count)
    return right


def _starts_at_identity(module: Any, optimizer: Any, reset: Callable[[], None]) -> bool:
    size, before = sum(w.numel() for w in optimizer.param_groups[0]["params"]), optimizer.inverse_hessian
    optimizer.inverse_hessian = None
    reset()
    found, optimizer.inverse_hessian = optimizer.inverse_hessian, before
    identity = module.torch.eye(size, dtype=module.torch.float64)
    return found.dtype == identity.dtype and module.torch.equal(found, identity)


def _prepares(optimizer: Any) -> bool:
    """Whether `Extended.before` passes the count of steps on to the learning rate and to every parameter."""
    group = optimizer.param_groups[0]
    extended = next(iter(optimizer._optimizer_step_pre_hooks.values())).__self__
    count = group["count"].clone()
    group["count"].fill_(1000)
    extended.before(optimizer)
    told = [optimizer.state[w]["step"].item() for w in group["params"]]
    rate = group["lr"]
    group["count"].copy_(count)
    extended.before(optimizer)
    return isinstance(rate, float) and rate == extended.rate(1000) and set(told) == {1000.0}


def _counts(optimizer: Any) -> bool:
    """Whether `Extended.after` counts one step."""
    group = optimizer.param_groups[0]
    extended = next(iter(optimizer._optimizer_step_post_hooks.values())).__self__
    count = group["count"].clone()
    extended.after(optimizer)
    found = group["count"].item()
    group["count"].copy_(count)
    return found == count.item() + 1


def _parameters(module: Any) -> list[Any]:
    """Two parameters with gradients."""
    made = [module.nn.Parameter(module.torch.from_numpy(w.copy())) for w in WEIGHTS]
    for w, g in zip(made, GRADIENTS):
        w.grad = module.torch.from_numpy(g.copy())
    return made


def _applies_to_all(module: Any) -> bool:
    """Whether a step of RMSProp updates each parameter once, with its gradient."""
    own, calls = module.RMSProp(_parameters(module)), []
    own.apply = lambda *arguments: calls.append(arguments)
    own.step()
    group = own.param_groups[0]
    expected = [(w, w.grad, group) for w in group["params"]]
    return len(calls) == len(expected) and all(a is b for pair in zip(calls, expected) for a, b in zip(*pair))


def _flattens(module: Any) -> bool:
    own = module.BFGS(_parameters(module))
    own.rows = np.array([2, 0, 1])
    return np.array_equal(own._flat(map(module.torch.from_numpy, WEIGHTS)), [-2.0, 1.0, 2.0])


def _assigns(module: Any) -> bool:
    own = module.BFGS(_parameters(module))
    own.rows = np.array([2, 0, 1])
    own._assign(np.array([5.0, 6.0, 7.0]))
    found = [w.detach().numpy() for w in own.param_groups[0]["params"]]
    return all(map(np.array_equal, found, [np.array([6.0, 7.0]), np.array([[5.0]])]))


def _clipped(config: Descent) -> list[np.ndarray]:
    found = GRADIENTS
    if config.clip_value is not None:
        found = [np.clip(g, -config.clip_value, config.clip_value) for g in found]
    if config.clip_norm is not None:
        norm = np.sqrt(sum(np.sum(g * g) for g in found))
        found = [g * config.clip_norm / max(norm, config.clip_norm) for g in found]
    return found


def _equal(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> bool:
    return len(found) == len(expected) and all(map(np.allclose, found, expected))


def _of_step(step: Any) -> Iterator[Check]:
    """The checks of a step of BFGS beside a graph."""
    yield "HostStep.__init__", partial(_stores_arguments, step)
    yield "BFGS.minimize", partial(_is_step, step)


def _is_step(step: Any) -> bool:
    """Whether a step has its variables in the order of their names, each with its gradient, and the matrix H."""
    names, shapes = [w.op.name for w in step.variables], [tuple(w.shape) for w in step.variables]
    gradients = [g for g in step.gradients if g.op.type not in ("ReadVariableOp", "VarHandleOp")]
    size, h = sum(w.shape.num_elements() for w in step.variables), step.inverse_hessian
    fits = h.dtype.base_dtype.name == "float64" and tuple(h.shape) == (size, size) and hasattr(h, "initializer")
    fits = fits and not h.trainable and h.op.name.endswith("/inverse_hessian")
    return names == sorted(names) and [tuple(g.shape) for g in gradients] == shapes and fits


def _lacking(error: BaseException, frame: FrameType) -> str:
    """The function that should have made what a frame lacks: a variable's slot, the count of steps, an optimizer."""
    known, name = frame.f_locals, frame.f_code.co_qualname
    own: Any = known.get("self")
    if name == "Adam.apply" and any(known.get(slot, "") is None for slot in ("m", "v")):
        if not hasattr(known["w"], "initializer"):  # not a variable
            return ""
        made = all(own.get_slot(known["w"], slot) is not None for slot in ("m", "v"))
        return "Adam.apply" if made else "Adam._create_slots"
    if name == "Adam._prepare" and "NoneType" in str(error):  # the count of steps
        return "Adam._own_step" if own._non_slot_dict else "Adam._create_slots"
    if name == "build" and "optimizer" in known and not _is_optimizer(known["optimizer"]):
        return "descent"
    if name == "slots" and isinstance(error, KeyError) and error.args == ("name",):
        return "build"
    if name.startswith("slots") and isinstance(error, KeyError) and known.get("slot") == error.args[0]:
        return "reset" if known["slot"] in slot_names(known["optimizer"]) else "slot_names"
    return ""
