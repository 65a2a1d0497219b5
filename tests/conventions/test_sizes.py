"""No file is longer than can be read in one go, and no function than a screen or so."""

import ast

import pytest

from benchmarks.environment import ROOT

TREES = ("shared", "static_tf", "dynamic_torch", "benchmarks", "tests")
LINES = 400
OF_A_FUNCTION = 60
SHORTER = {"benchmarks/cli.py": 300, "shared/catalog.py": 100}


def files():
    return sorted(path for tree in TREES for path in (ROOT / tree).rglob("*.py"))


def test_no_file_is_too_long():
    found = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files()}
    assert found.keys() >= SHORTER.keys()
    assert {name: lines for name, lines in found.items() if lines > SHORTER.get(name, LINES)} == {}


def long_functions(text):
    """The functions of a file whose bodies are too long, with their lines. A command's signature is a table."""
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    lengths = {node.name: node.end_lineno - node.body[0].lineno + 1 for node in functions}
    return {name: lines for name, lines in lengths.items() if lines > OF_A_FUNCTION}


@pytest.mark.parametrize("tree", TREES)
def test_no_function_is_too_long(tree):
    found = {str(path.relative_to(ROOT)): long_functions(path.read_text("utf-8")) for path in files()}
    assert {name: long for name, long in found.items() if long and name.startswith(f"{tree}/")} == {}


def test_a_long_function_is_seen():
    text = "def f():\n" + "    x = 1\n" * (OF_A_FUNCTION + 1)
    assert long_functions(text) == {"f": OF_A_FUNCTION + 1}
    assert long_functions(text.replace("    x = 1\n", "", 1)) == {}
