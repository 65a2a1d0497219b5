"""A model as the library has it: what is shown is what is built and timed."""

import inspect
import subprocess
import sys
from importlib import import_module

import pytest

from benchmarks.environment import ROOT
from benchmarks.study import baselines
from benchmarks.study.align import TREES, Block
from shared.catalog import CATALOG
from shared.errors import UsageError

WITH = [name for name, entry in CATALOG.items() if not entry.without_baseline]
WITHOUT = [name for name, entry in CATALOG.items() if entry.without_baseline]


def sides(block: Block) -> dict[str, str]:
    """The text of a block on each side."""
    return {side: "\n".join(text for _, text in lines) for side, lines in zip(TREES, (block.static, block.dynamic))}


@pytest.mark.parametrize("model", WITH)
def test_the_text_shown_is_the_source_of_the_function_that_builds_the_net(model):
    (own,) = (block for block in baselines.blocks(model) if block.key == ("", model))
    for side, text in sides(own).items():
        file = baselines.path(model, TREES[side])
        build = getattr(import_module(file.removesuffix(".py").replace("/", ".")), model)
        assert text == inspect.getsource(build).rstrip()
        assert inspect.getsourcefile(build) == str(ROOT / file)


def test_what_a_baseline_uses_of_its_file_is_shown_too_and_nothing_else():
    keys = [block.key for block in baselines.blocks("lstm")]
    assert keys == [
        ("Reader", ""),
        ("Reader", "__init__"),
        ("Reader", "forward"),
        ("", "reader"),
        ("", "lstm"),
        ("", "_on_gpu"),
    ]
    assert "dense_net" not in {block.title for block in baselines.blocks("residual_net")}
    assert "Residual.forward" in {block.title for block in baselines.blocks("residual_net")}


@pytest.mark.parametrize("model", WITHOUT)
def test_a_model_without_one_says_why(model):
    with pytest.raises(UsageError) as refused:
        baselines.blocks(model)
    assert str(refused.value) == f"{model} has no baseline: {CATALOG[model].without_baseline}"
    assert "\n" not in str(refused.value)


def test_the_terminal_shows_both_and_loads_no_framework():
    program = """
import sys
from rich.console import Console
from benchmarks.study.baselines import render_terminal
render_terminal("conv_net", Console(width=200))
assert not sys.modules.keys() & {"tensorflow", "keras", "torch"}
"""
    shown = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "ConvNet: as the library has it" in shown
    for side, tree in TREES.items():
        assert baselines.path("conv_net", tree) in shown, side
    assert any(line.count("def conv_net(") == 2 for line in shown.splitlines()), "one beside the other"
