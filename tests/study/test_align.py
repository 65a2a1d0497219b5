"""Side by side, nothing of either file is lost."""

import subprocess
import sys

import pytest

from benchmarks.study.align import ROOT, TREES, Block, align, align_texts, pieces, source
from shared.catalog import CATALOG
from tests.study.made_up import DYNAMIC, STATIC


def lines(text: str) -> list[tuple[int, str]]:
    return [(i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip()]


def kept(blocks: list[Block], i: int) -> list[tuple[int, str]]:
    """The non-blank lines that are shown of one side, as `rows` shows them."""
    return [row[i] for block in blocks for row in block.rows if row[i] is not None and row[i][1].strip()]


def test_nothing_is_lost(name):
    blocks = align(name)
    for i, side in enumerate(TREES):
        assert sorted(kept(blocks, i)) == lines(source(name, side))
    shared = [block.key for block in blocks if block.static and block.dynamic]
    assert (CATALOG[name].class_name, "forward") in shared


def test_pieces_take_the_comments_and_decorators_above_them():
    found = {key: [number for number, _ in lines] for key, lines in pieces(STATIC).items()}
    assert found == {
        ("", "docstring"): [1],
        ("", "imports"): [3],
        ("", "constants"): [5, 6],
        ("Model", ""): [9, 10],
        ("Model", "inputs"): [12, 13, 14, 15, 16],
        ("Model", "forward"): [18, 19, 20, 21],
        ("", "train"): [24, 25, 26],
    }


def test_lines_that_say_the_same_share_a_row():
    dynamic = DYNAMIC.replace("        h = torch", "        x = x.float()\n        h = torch")
    rows = {b.key: b.rows for b in align_texts(STATIC, dynamic)}["Model", "forward"]
    assert [(left and left[0], right and right[0]) for left, right in rows] == [
        (18, 18),
        (19, 19),
        (None, 20),
        (20, 21),
        (21, 22),
    ]


def test_a_call_is_the_counterpart_of_forward():
    called = STATIC.replace("def forward", "def __call__")
    assert [block.key for block in align_texts(called, DYNAMIC)] == [
        block.key for block in align_texts(STATIC, DYNAMIC)
    ]
    both = STATIC.replace("    # 2 Forward", "    def __call__(self, x):\n        return 1\n\n    # 2 Forward")
    assert ("Model", "__call__") in pieces(both)
    assert len(pieces(both)) == len(pieces(STATIC)) + 1


def test_a_side_without_a_counterpart_is_an_empty_cell_in_its_place():
    extra = DYNAMIC.replace("    # 2 Forward", "    def extra(self):\n        pass\n\n    # 2 Forward")
    blocks = align_texts(STATIC, extra)
    assert [block.title for block in blocks][4:7] == ["Model.inputs", "Model.extra", "Model.forward"]
    assert blocks[5].static == ()
    assert [row[0] for row in blocks[5].rows] == [None, None]
    assert align_texts(extra, STATIC)[5].dynamic == ()


def test_a_lost_line_is_noticed():
    blocks = align_texts(STATIC, DYNAMIC)
    assert sorted(kept(blocks, 0)) == lines(STATIC)
    assert sorted(kept(blocks[:-1], 0)) != lines(STATIC)
    assert sorted(kept([*blocks, blocks[0]], 0)) != lines(STATIC)


@pytest.mark.parametrize("width", [200, 80])
def test_the_terminal_shows_both_texts_and_loads_no_framework(width):
    heavy = ("tensorflow", "torch", "pandas", "matplotlib", "sklearn", "scipy")
    program = f"""
import sys
from rich.console import Console
from benchmarks.study.align import render_terminal
render_terminal("shallow_regressor", "proven", Console(width={width}))
assert not sys.modules.keys() & set({heavy}), sys.modules.keys() & set({heavy})
"""
    shown = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    text = " ".join(shown.split())
    for said in ("proven", "static_tf/basics/shallow_regressor.py", "tf.reduce_mean", "torch.mean", "what comes out"):
        assert said in text
    beside = any("tf.reduce_mean" in line and "torch.mean" in line for line in shown.splitlines())
    assert beside == (width == 200)
    assert max(map(len, shown.splitlines())) <= width
