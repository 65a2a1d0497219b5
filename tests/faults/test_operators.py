"""Mutation operators: each makes what it says, in a method, once a place."""

import ast
from collections import Counter

import pytest

from benchmarks.faults.mutant import rewritten
from benchmarks.faults.operators import OPERATORS, mutants
from benchmarks.faults.plant import source
from benchmarks.faults.targets import TARGETS, path_of, planned
from benchmarks.twins import SIDES
from tests.mutants.helpers import model_with

# What each operator makes of a line in a method called `forward`; "|" parts the mutants
OPERATOR_CASES = [
    ("opposite operator", "static", "return a + b * c", "a - b * c | b / c"),
    ("opposite operator", "dynamic", "w -= g", "w += g"),
    ("operand dropped", "static", "return x @ self.w + self.b", "x @ self.w | self.b | x | self.w"),
    ("part changed", "dynamic", "return self.tap('h', z)", "(lambda t: torch.cat([t[:1] + 0.001, t[1:]], 0))(z)"),
    ("sign changed", "static", "return self.tap('h', -z)", "-self.tap('h', -z) | z | --z"),
    ("comparison changed", "dynamic", "y = z > 0", "z >= 0 | z <= 0"),
    ("constant changed", "static", "y = z * 2", "3 | 1"),
    ("constant changed", "dynamic", "y = z * 0.5", "0.505 | 0.0"),
    ("constant changed", "static", "y = variable(trainable=False)", "True"),
    ("constant changed", "static", "y = tf.transpose(z, (1, 0, 2))", ""),
    ("constant changed", "dynamic", "y = z[:, 0]", "1"),  # the last for the first may be the same one
    ("option changed", "static", "y = conv(padding='SAME')", "'VALID'"),
    ("option changed", "static", "y = tf.nn.max_pool2d(z, 2, 2, 'VALID')", ""),  # images are even
    ("layout permuted", "dynamic", "y = rearrange(x, 'n c h -> n (h c)')", "'n c h -> h (n c)' | 'n c h -> n (c h)'"),
    ("function of its kind", "static", "y = tf.reduce_mean(z)", "tf.reduce_sum"),
    ("function of its kind", "dynamic", "y = z.sum()", "z.mean"),
    ("function dropped", "static", "y = tf.sigmoid(z)", "z"),
    ("function dropped", "static", "m = m.assign(b * m)", "b * m"),
    ("function dropped", "dynamic", "y = self.w.square()", "self.w"),
    ("order permuted", "static", "i, f, g = tf.split(z, 3)", "(f, i, g) | (i, g, f)"),
    ("values permuted", "static", "y = loss(labels=y, logits=z)", "loss(labels=z, logits=y)"),
    ("values permuted", "dynamic", "return {'x': batch['x'], 'y': batch['y']}", "{'x': batch['y'], 'y': batch['x']}"),
    ("values permuted", "static", "return {'x': tf.placeholder(t, 'x'), 'y': tf.placeholder(t, 'y')}", ""),
    ("arguments swapped", "static", "y = self.cell(z, c, h)", "self.cell(c, z, h) | self.cell(z, h, c)"),
    ("arguments swapped", "dynamic", "y = max(z, 0)", ""),
    ("order permuted", "static", "y = tf.reduce_sum(z, axis=(1, 2))", ""),
    ("keyword dropped", "dynamic", "y = torch.sum(z, dim=1)", "torch.sum(z)"),
    ("keyword dropped", "dynamic", "y = F.conv2d(z, c, stride=1, padding='valid')", ""),  # as it is by default
    ("element dropped", "static", "y = tf.group(*moves)", "*moves[1:] | *moves[:-1]"),
    ("element dropped", "static", "y = [loss, *gradients]", "[*gradients] | [loss]"),
    ("detached", "static", "return x * self.w1", "tf.stop_gradient(self.w1)"),  # x is the model's input
    ("detached", "static", "t = tf.one_hot(x, 3); return t * self.w1", "tf.stop_gradient(self.w1)"),  # and so is t
    ("detached", "dynamic", "return torch.tanh(self.w1)", "self.w1.detach()"),
    ("detached", "dynamic", "return [self.w1 * i for i in range(3)]", "self.w1.detach()"),  # i counts
    ("detached", "dynamic", "with torch.no_grad(): return x * self.w1", ""),
    ("transposed", "dynamic", "y = h @ self.w", "self.w.T"),
    ("derivative scaled", "static", "g = tf.gradients(loss, w)", "2 * loss"),
    ("derivative scaled", "static", "return self.optimizer.minimize(loss)", "2 * loss"),
    ("derivative scaled", "dynamic", "loss.backward()", "2 * loss"),
    (
        "setting changed",
        "static",
        "y = config.l2 * config.decay",
        "2 * config.l2 | config.decay | 2 * config.decay | config.l2",
    ),
    ("setting changed", "static", "y = z if config.tied else x", "not config.tied"),
    (
        "setting changed",
        "static",
        "y = cell(x, config.loop, config.hidden)",
        "2 * config.hidden",
    ),  # a name has no double
    ("setting changed", "static", "y = config.init", "2 * config.init"),  # in Adagrad's settings it is a number
    ("taken for another", "dynamic", "y = self.w1", "self.w2"),
    ("mode inverted", "static", "y = norm(z, self.training)", "tf.logical_not(self.training)"),
    ("statement dropped", "dynamic", "self.optimizer.step()", "pass"),
    ("statement dropped", "dynamic", "c = c * 2", "pass"),  # c had a value before
    ("statement repeated", "dynamic", "self.optimizer.step()", "self.optimizer.step(); self.optimizer.step()"),
    ("loop changed", "dynamic", "for z in zs: c = self.cell(z, c)", "list(zs)[1:] | list(zs)[:-1] | list(zs)[::-1]"),
    ("loop changed", "dynamic", "y = [f(z) for z in zs]", "list(zs)[1:] | list(zs)[:-1]"),
    ("loop changed", "dynamic", "y = [f(z) for z in zs if z.dim() > 1]", "list(zs)[1:]"),
]


@pytest.mark.parametrize(("operator", "side", "before", "after"), OPERATOR_CASES)
def test_an_operator_makes_what_it_says(operator, side, before, after):
    text = model_with(before, side)
    made = [m for m in mutants("model.py", text, side) if m.operator == operator and m.method == "Model.forward"]
    for m in made:
        (tree,) = rewritten(ast.parse(text), m.edits)
        compile(tree, "model.py", "exec")
        assert ast.dump(tree) != ast.dump(ast.parse(text))
    assert " | ".join(m.edits[0][1] for m in made) == after


def test_every_operator_is_tested_and_used_on_both_sides():
    used = {side: {m.operator for name in TARGETS for m in planned(name, side)} for side in SIDES}
    assert set(OPERATORS) == {operator for operator, *_ in OPERATOR_CASES}
    eager_only = {"layout permuted", "statement repeated"}  # a graph has no such lines
    graph_only = {"element dropped"}
    assert set(OPERATORS) - used["static"] <= eager_only
    assert set(OPERATORS) - used["dynamic"] <= graph_only


def test_labels_texts_and_spelled_out_programs_are_left_alone():
    text = model_with("return self.tap('h', x)", "dynamic") + "\n\ndef train(config):\n    return config.steps + 1\n"
    text = text.replace("class Model:", 'class Model:\n    """Twice 2 is 4."""\n')
    found = [m for m in mutants("model.py", text, "dynamic") if m.operator != "part changed"]  # which makes long texts
    assert [m.what for m in found if m.method == "Model.forward"] == [
        "self.tap('h', x) -> -self.tap('h', x)",
        "self.tap('h', x) -> self.tap('h', -x)",
    ]
    assert not any("4" in m.what or "steps" in m.what for m in mutants("model.py", text, "dynamic"))


def test_every_mutant_has_a_name_of_its_own_and_stands_in_a_method():
    for target in TARGETS:
        for side in SIDES:
            found = planned(target, side)
            assert [key for key, count in Counter(m.key for m in found).items() if count > 1] == []
            assert len({m.edits for m in found}) == len(found)
            lines = source(path_of(target, side)).splitlines()
            assert all(lines[m.line - 1].strip() for m in found)
            functions = {node.name for node in ast.parse(source(path_of(target, side))).body if hasattr(node, "args")}
            in_class = [m for m in found if m.method not in functions]
            assert all("." in m.method or m.operator == "layout permuted" or "layouts" in m.what for m in in_class)
