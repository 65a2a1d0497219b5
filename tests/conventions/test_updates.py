"""Section 5 of every model, how parameters move, is in its framework's own words."""

import ast

from benchmarks.study.align import source

WORDS = {"static": ("minimize",), "dynamic": ("zero_grad", "backward", "step")}


def updates(name, side):
    """The bodies of the methods that move parameters, by name."""
    methods = [node for node in ast.walk(ast.parse(source(name, side))) if isinstance(node, ast.FunctionDef)]
    return {m.name: [ast.unparse(line) for line in m.body] for m in methods if m.name.startswith("update")}


def test_how_parameters_move_is_said_in_each_frameworks_own_words(name):
    static, dynamic = updates(name, "static"), updates(name, "dynamic")
    own = {"update", "update_discriminator", "update_generator"}
    assert static.keys() & own == dynamic.keys() & own != set()
    for method in static.keys() & own:
        assert static[method] != dynamic[method]
        for side, body in (("static", static[method]), ("dynamic", dynamic[method])):
            assert len(body) == len(WORDS[side])
            assert all(f".{word}(" in line for word, line in zip(WORDS[side], body))
