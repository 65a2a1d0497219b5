"""Where two twins first differ: planted faults of every phase are named with tap, method and numbers."""

import sys
from pathlib import Path
from types import FunctionType, ModuleType

import numpy as np
import pytest

from benchmarks import pair, twin
from benchmarks.diagnosis import attribution, diagnose, locate
from benchmarks.parts import parts_of
from benchmarks.twins import load
from tests.helpers import SIDES, SMALL, proof_twin


@pytest.fixture
def plant(monkeypatch):
    """A function that changes a piece of the source of a model, or of a part that it uses, in the methods that run."""

    def replace(side, model, old, new):
        module = sys.modules[load(side, model)[0].__module__]
        tree = module.__name__.partition(".")[0]
        parts = [sys.modules[f"{tree}.parts.{part}"] for part in parts_of(model, tree)]
        texts = {own: Path(own.__file__).read_text(encoding="utf-8") for own in (module, *parts)}
        module, text = next((own, text) for own, text in texts.items() if old in text)
        changed = ModuleType(module.__name__)
        exec(compile(text.replace(old, new, 1), module.__file__, "exec"), changed.__dict__)
        own = [value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__]
        for holder, other in [(module, changed), *((kind, getattr(changed, kind.__name__)) for kind in own)]:
            for name, function in vars(holder).items():
                if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                    monkeypatch.setattr(function, "__code__", vars(other)[name].__code__)

    return replace


def _located(model, side, variant="plain"):
    """What is found after a fault was planted on this side, which is built anew; the other side stands."""
    with twin(side, model, variant=variant, **SMALL) as faulty:
        arms = [faulty if one == side else proof_twin(one, model, variant) for one in SIDES]
        return locate(*arms, steps=2)


@pytest.mark.variants_are_slow
@pytest.mark.large_models_are_slow
def test_equal_twins_have_no_divergence(name, variant):
    assert locate(*(proof_twin(side, name, variant) for side in SIDES), steps=2) is None


# One call on one side is a kernel that takes all steps at once; on the other side it has calls for each
KERNELS = ("lstm_fused", "gru_fused")


@pytest.mark.variants_are_slow
@pytest.mark.large_models_are_slow
def test_both_sides_call_alike(name, variant):
    """What methods of the same name take and return agrees, call by call: else a fault is pinned on the wrong one."""
    static, dynamic = (proof_twin(side, name, variant) for side in SIDES)
    batch = next(static.spec.batches())
    others = dynamic.calls(batch)
    calls = static.calls(batch, others=others), others
    if name not in KERNELS:
        assert attribution.forward(*calls) is None
        assert attribution.backward(*calls) is None
    assert attribution.cut(*calls) is None
    assert attribution.made_otherwise(*calls) is None
    assert attribution.kept_otherwise(static.model, dynamic.model) is None
    assert attribution.broken_off(calls[0], static.calls_that_run(batch, others)) is None
    assert attribution.broken_off(calls[1], dynamic.calls_that_run(batch)) is None


FAULTS = {  # side, model, old, new: phase, stage, name, mode, method
    "an activation": (
        ("dynamic", "lstm", "torch.sigmoid(f) * c", "torch.tanh(f) * c"),
        ("forward", "tap", "h", "training", "LSTMCell.forward"),
    ),
    "a constant of a part": (
        ("static", "spectrogram_conv_net", "config.bands, config.rate)", "config.bands, 2 * config.rate)"),
        ("forward", "tap", "s", "training", "Spectrogram.__init__"),
    ),
    "two gates exchanged": (
        ("static", "lstm", "i, f, g, o =", "i, g, f, o ="),
        ("forward", "tap", "h", "training", "LSTMCell.__call__"),
    ),
    "time reversed, outside of the cell": (
        ("dynamic", "lstm", "hs.append(state[-1])", "hs.insert(0, state[-1])"),
        ("forward", "tap", "h", "training", "Cell.through_time"),
    ),
    "a mask forgotten": (
        ("static", "lstm", " * mask[:, :, tf.newaxis]", ""),
        ("forward", "tap", "pooled", "training", "Sentences.pooled"),
    ),
    "another epsilon, in another layout": (
        ("dynamic", "batch_norm_net", "1 - self.decay, self.epsilon", "1 - self.decay, 2 * self.epsilon"),
        ("forward", "tap", "n1", "training", "BatchNorm.forward"),
    ),
    "another pooling": (
        ("static", "batch_norm_net", "tf.nn.max_pool2d", "tf.nn.avg_pool2d"),
        ("forward", "tap", "h1", "training", "BatchNormNet.block"),
    ),
    "another activation, of a series in another layout": (
        ("dynamic", "sequence_conv_net", "F.relu(z)", "F.elu(z)"),
        ("forward", "tap", "h1", "training", "Convolutions.layer"),
    ),
    "one of two losses": (
        ("dynamic", "gan", "-torch.mean(F.logsigmoid(fake_logits))", "-torch.mean(F.logsigmoid(-fake_logits))"),
        ("forward", "loss", "generator", "training", "GAN.generator_loss"),
    ),
    "the half of a penalty": (
        ("dynamic", "batch_norm_net", "self.config.l2 / 2", "self.config.l2"),
        ("forward", "loss", "loss", "training", "BatchNormNet.regularizer"),
    ),
    "a way back cut within the cell": (
        ("dynamic", "lstm", "torch.sigmoid(f) * c", "torch.sigmoid(f).detach() * c"),
        ("backward", "tap_gradient", "z", "training", "LSTMCell.forward"),
    ),
    "a way back cut in the graph": (
        ("static", "lstm", "tf.sigmoid(f) * c", "tf.stop_gradient(tf.sigmoid(f)) * c"),
        ("backward", "tap_gradient", "z", "training", "LSTMCell.__call__"),
    ),
    "a way back cut altogether": (
        ("dynamic", "lstm", "hs.append(state[-1])", "hs.append(state[-1].detach())"),
        ("backward", "tap_gradient", "z", "training", "Cell.through_time"),
    ),
    "a parameter that is told nothing": (
        (
            "dynamic",
            "lstm",
            "z_t, h, self.recurrent_kernel)  # (N, 4H)",
            "z_t, h, self.recurrent_kernel.detach())  # (N, 4H)",
        ),
        ("backward", "gradient", "cell/recurrent_kernel", "training", "LSTMCell.forward"),
    ),
    "a parameter that one of its users lost": (
        ("static", "rbm", "z = v @ self.w + self.b ", "z = v @ self.w "),
        ("backward", "gradient", "b", "training", "RBM.free_energy"),
    ),
    "a sample that is no constant": (
        ("dynamic", "rbm", "self.chain(v, u_h, u_v).detach()", "self.chain(v, u_h, u_v)"),
        ("backward", "tap_gradient", "v2", "training", "RBM.loss"),
    ),
    "a step too long": (
        ("static", "linear_regression", "self.optimizer.minimize(loss)", "self.optimizer.minimize(2 * loss)"),
        ("update", "state", "w", "training", "LinearRegression.update"),
    ),
    "an optimizer made with another momentum": (
        ("static", "batch_norm_net", "build(config.optimizer)", "build(type(config.optimizer)(0.02, 0.8))"),
        ("update", "state", "kernel1", "training", "BatchNormNet.__init__"),
    ),
    "a running average that weighs the wrong one": (
        ("dynamic", "batch_norm_net", "1 - self.decay", "self.decay"),
        ("update", "state", "norm1/moving_mean", "training", "BatchNorm.forward"),
    ),
    "a biased running variance": (
        ("static", "batch_norm_net", "variance * n / (n - 1)", "variance"),
        ("update", "state", "norm1/moving_variance", "training", "BatchNorm.update_averages"),
    ),
    "the other part": (
        ("dynamic", "gan", "self.discriminator(real)", "self.discriminator(-real)"),
        ("forward", "tap", "discriminator/real_logits", "training", "GAN.discriminator_loss"),
    ),
    "a method that one side alone has": (
        ("static", "lstm", "hs.write(t, state[-1])", "hs.write(t, -state[-1])"),
        ("forward", "tap", "h", "training", "Cell.through_while_loop"),
    ),
    "a method that is called after two loops": (
        ("static", "bidirectional_gru", "h @ self.w + self.b", "h @ self.w - self.b"),
        ("forward", "tap", "logits", "training", "BidirectionalGRU.forward"),
    ),
    "a gradient that does not flow back a step": (
        ("dynamic", "lstm", "torch.sigmoid(f) * c", "torch.sigmoid(f) * c.detach()"),
        ("backward", "tap_gradient", "z", "training", "LSTMCell.forward"),
    ),
    "a gradient that does not flow back through a product": (
        ("static", "lstm", "z = z_t + h @", "z = z_t + tf.stop_gradient(h) @"),
        ("backward", "tap_gradient", "z", "training", "LSTMCell.__call__"),
    ),
    "an activation before a tap, of a method that a later one calls again": (
        ("static", "pixel_cnn", "tf.nn.relu(layer(h))", "-tf.nn.relu(layer(h))"),
        ("forward", "tap", "h1", "training", "MaskedStack.__call__"),
    ),
    "a code that the loop of the graph draws": (
        ("static", "char_rnn", "cumulative[:, :-1] <= u", "cumulative[:, :-1] > u"),
        ("forward", "tap", "text", "training", "CharRNN.sample"),
    ),
    "a function of a part": (
        ("dynamic", "char_rnn", "F.embedding(number, table)", "-F.embedding(number, table)"),
        ("forward", "tap", "z", "training", "look_up"),
    ),
    "players in another order": (
        (
            "dynamic",
            "gan",
            '[Player("discriminator", *discriminator), Player("generator", *generator)]',
            '[Player("generator", *generator), Player("discriminator", *discriminator)]',
        ),
        ("start", "state", "players", "training", "GAN.players"),
    ),
    "batch statistics in inference": (
        (
            "static",
            "batch_norm_net",
            "lambda: (self.moving_mean, self.moving_variance)",
            "lambda: tf.nn.moments(z, batch)",
        ),
        ("forward", "tap", "n1", "inference", "BatchNorm.__call__"),
    ),
}


LOOPS = ("a method that one side alone has", "a method that is called after two loops")  # faults of graphs with loops


@pytest.mark.parametrize("title", FAULTS)
def test_fault_is_located(title, plant):
    fault, found = FAULTS[title]
    side, model, *_ = fault
    plant(*fault)
    divergence = _located(model, side, "while_loop" if title in LOOPS else "plain")
    assert divergence is not None
    at = divergence.phase, divergence.stage, divergence.name, divergence.mode, divergence.methods[side].name
    assert at == found
    assert divergence.note or divergence.needed > 1e-12
    text = str(divergence)
    assert found[2] in text.splitlines()[0]
    assert f"_{'tf' if side == 'static' else 'torch'}/" in text
    assert text.count(".py:") == 2


def test_the_numbers_are_those_of_the_farthest_element(plant):
    plant("dynamic", "shallow_regressor", "torch.mean(torch.square(error))", "2 * torch.mean(torch.square(error))")
    divergence = _located("shallow_regressor", "dynamic")
    static, dynamic = divergence.values
    assert dynamic > 1.5 * static
    assert divergence.needed == pytest.approx((dynamic - static) / dynamic)
    assert divergence.index == []


def test_a_value_that_is_not_finite_is_located(plant):
    plant("static", "shallow_regressor", "h @ self.w2 + self.b2", "h @ self.w2 + self.b2 / 0.0")
    divergence = _located("shallow_regressor", "static")
    assert (divergence.name, divergence.methods["static"].name) == ("y_", "ShallowRegressor.forward")
    assert divergence.note.startswith("not finite on the static side")


def test_a_missing_tap_is_located(plant):
    plant(
        "static",
        "shallow_regressor",
        'h = self.tap("h", tf.sigmoid(z))',
        "h = tf.sigmoid(z)",
    )
    divergence = _located("shallow_regressor", "static")
    assert (divergence.name, divergence.note) == ("h", "only the dynamic side has it")


@pytest.mark.parametrize(
    ("side", "model", "old", "new", "method"),
    [
        (
            "static",
            "batch_norm_net",
            "x, self.kernel1, self.norm1",
            "x, self.kernel1, self.norm2",
            "BatchNormNet.forward",
        ),
        (
            "dynamic",
            "batch_norm_net",
            "x, self.kernel1, self.norm1",
            "x, self.kernel1, self.norm2",
            "BatchNormNet.forward",
        ),
        (
            "static",
            "batch_norm_net",
            "tf.nn.max_pool2d(tf.nn.relu(n), 2, 2",
            "tf.nn.max_pool2d(tf.nn.relu(n), 2, 1",
            "BatchNormNet.block",
        ),
        (
            "static",
            "batch_norm_net",
            "(z, mean, variance, self.beta",
            "(z, mean[1:], variance, self.beta",
            "BatchNorm.__call__",
        ),
        ("static", "sequence_conv_net", "stride=2", "stride=3", "Convolutions.layer"),
        ("dynamic", "shallow_classifier", "h @ self.w2 + self.b2", "self.b2", "ShallowClassifier.forward"),
        ("static", "gan", "h @ self.w3 + self.b3", "h @ self.w3", "MLP.__call__"),
        ("static", "vae", "return mean, self.tap", "return (mean,)  # self.tap", "VAE.encoder"),
        ("static", "rnn", "return self.reader.inputs()", "return self.reader", "RNN.inputs"),
        ("dynamic", "wavenet", "self.read(code, digit, queues,", "self.read(code, queues, digit,", "WaveNet.continued"),
        ("static", "wavenet", "for i in range(depth)]", "for i in range(1, depth)]", "WaveNet.__init__"),
        ("static", "char_rnn", "u[:, tf.newaxis]", "u[1:, tf.newaxis]", "CharRNN.sample"),
        ("dynamic", "rnn", "config, config.embedding", "config, 2 * config.embedding", "Sentences.__init__"),
        ("dynamic", "rnn", "return self.reader.loss(output, y)", "return self.reader", "RNN.loss"),
        ("dynamic", "rnn", '"dropout_mask": None} | batch', '"dropout_mask": None}', "RNN.inputs"),
        ("static", "maml", "x @ w1 + b1", "x @ w1", "MAML.net"),
        ("dynamic", "maml", "h @ w2 + b2", "h.detach() @ w2 + b2", "MAML.net"),
        ("dynamic", "maml", "w.expand(tasks, -1, -1)", "w.expand(-1, tasks, -1)", "MAML.copies"),
        (
            "dynamic",
            "linear_regression",
            "torch.mean(torch.square(error))",
            "torch.square(error)",
            "LinearRegression.loss",
        ),
    ],
)
def test_what_cannot_be_built_or_run_is_located(side, model, old, new, method, plant):
    """Not the method that raises, if it was given the wrong thing, but the one that gave it."""
    plant(side, model, old, new)
    divergence, _ = diagnose(model, steps=2)
    assert divergence.methods[side].name == method
    assert str(divergence).count(".py:") == 2


@pytest.mark.parametrize("side", SIDES)
def test_a_constructor_that_leaves_out_parameters_is_located(side, plant):
    """The one of the part that should have them, where they are named by number."""
    plant(side, "pixel_cnn", "range(1, self.depth + 1)", "range(2, self.depth + 1)")
    divergence, _ = diagnose("pixel_cnn", "gated", steps=2)
    assert divergence.methods[side].name == "GatedStacks.__init__"


def test_what_breaks_after_two_loops_is_located_there(plant):
    """In a loop of the graph the number of a step is a tensor, which the other side's number fits."""
    plant("static", "bidirectional_gru", "h @ self.w + self.b", "h @ self.w[1:] + self.b")
    divergence, _ = diagnose("bidirectional_gru", "while_loop", steps=2)
    assert divergence.methods["static"].name == "BidirectionalGRU.forward"


@pytest.mark.parametrize(
    ("model", "old", "new", "method"),
    [
        ("batch_norm_net", "tf.nn.moments(z, batch)", "tf.nn.moments(z, batch[1:])", "BatchNorm.update_averages"),
        ("rnn", '"x": tf.placeholder(tf.int64', '"z": tf.placeholder(tf.int64', "Sentences.inputs"),
    ],
)
def test_what_one_side_alone_has_is_named_where_it_breaks(model, old, new, method, plant):
    """It cannot be held against the other side: though it was given the wrong thing, or its caller hands it on."""
    plant("static", model, old, new)
    divergence, _ = diagnose(model, steps=2)
    assert {side: method.name for side, method in divergence.methods.items()} == {"static": method}


def test_looking_leaves_the_twins_as_they_were():
    static, dynamic = pair("batch_norm_net", **SMALL)
    with static, dynamic:
        before = [static.state(), dynamic.state()]
        locate(static, dynamic, 2)
        for old, new in zip(before, [static.state(), dynamic.state()]):
            assert all(np.array_equal(old[name], new[name]) for name in old)
