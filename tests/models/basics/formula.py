"""A model compared with its formula in NumPy, and training without a harness with the twin's own steps."""

from importlib import import_module
from itertools import islice

import numpy as np
import pytest

import dynamic_torch.training
import static_tf.training
from benchmarks.twins import load
from benchmarks.twins import twin as any_twin
from shared.catalog import find

LESSONS = {"static": static_tf.training, "dynamic": dynamic_torch.training}


def twin(side, name, dtype="float64", **options):
    """A twin on one core: two frameworks in one process get into each other's way on more."""
    return any_twin(side, name, dtype, threads=1, **options)


def module(side, name):
    """The file of one twin."""
    return import_module(load(side, name)[0].__module__)


def l2_norm(*weights):
    return sum((w**2).sum() for w in weights) / 2


def complex_step(function, parameters, size=1e-30):
    """The gradient of an analytic function, to the last digits: Im f(w + i size) / size (Squire & Trapp 1998)."""
    gradients = {}
    for name, w in parameters.items():
        gradients[name] = np.empty(w.shape)
        for i in np.ndindex(w.shape):
            moved = w.astype(complex)
            moved[i] += 1j * size
            gradients[name][i] = function({**parameters, name: moved}).imag / size
    return gradients


def check_formula(side, model_name, formula):
    """Taps, loss, gradients and the update; with a weight decay that cannot be overlooked."""
    l2 = 0.3
    with twin(side, model_name, l2=l2) as model:
        batch = {key: value[:100] for key, value in next(model.spec.batches()).items()}
        inputs = {key: value.astype(float) if value.dtype == np.float32 else value for key, value in batch.items()}
        before = model.state()

        def total(parameters):
            _, loss, weight = formula(parameters, **inputs)
            return loss + l2 * weight

        taps, *_ = formula(before, **inputs)
        assert list(model.forward(batch)) == list(taps)
        for tap, value in model.forward(batch).items():
            np.testing.assert_allclose(value, taps[tap], rtol=1e-12, atol=1e-13, err_msg=tap)
        assert model.loss(batch) == pytest.approx(total(before), rel=1e-13)
        gradients = complex_step(total, before)
        for parameter, value in model.gradients(batch).items():
            np.testing.assert_allclose(value, gradients[parameter], rtol=1e-11, atol=1e-13, err_msg=parameter)
        assert model.step(batch) == pytest.approx(total(before), rel=1e-13)
        for parameter, value in model.state().items():
            moved = before[parameter] - model.spec.config.optimizer.learning_rate * gradients[parameter]
            np.testing.assert_allclose(value, moved, rtol=1e-11, atol=1e-13, err_msg=parameter)


def check_training(side, model_name):
    """Training without a harness takes the twin's own steps, bit for bit."""
    for variant in find(model_name).variants:
        with any_twin(side, model_name, "float32", variant=variant) as model:  # on as many cores as the program
            spec, kind = model.spec, type(model.model)
            losses = [model.step(batch) for batch in islice(spec.batches(), 30)]
        assert LESSONS[side].train(kind, spec.config, spec.initial(), islice(spec.batches(), 30)) == losses
        assert losses[-1] < losses[0]
