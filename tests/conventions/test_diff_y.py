"""`diff -y` of two twins reads like one text in two languages: enough of their lines are the same ones."""

from difflib import SequenceMatcher

import pytest

from benchmarks.environment import ROOT
from benchmarks.parts import PARTS, path_of_part
from benchmarks.study.align import TREES, align_texts, source

SHARE = 0.4  # of the static file's lines


def shared(static: str, dynamic: str) -> float:
    """The share of the static text's non-blank lines that the dynamic text has too, in the same order."""
    left, right = ([line.rstrip() for line in text.splitlines() if line.strip()] for text in (static, dynamic))
    blocks = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(left)


def test_twins_share_lines(name):
    assert shared(source(name, "static"), source(name, "dynamic")) >= SHARE


@pytest.mark.parametrize("part", PARTS)
def test_parts_share_lines(part):
    """Of what both sides have: half of batch norm is the operations that only a graph needs."""
    texts = ((ROOT / path_of_part(part, tree)).read_text(encoding="utf-8") for tree in TREES.values())
    blocks = [block for block in align_texts(*texts) if block.static and block.dynamic]
    static, dynamic = ("\n".join(line for b in blocks for _, line in getattr(b, side)) for side in TREES)
    assert shared(static, dynamic) >= SHARE


def test_the_share_counts_equal_lines_in_order():
    assert shared("a\nb\n\nc\nd\n", "a\n\nc  \nb\n") == 0.5
    assert shared("a\nb\n", "b\na\n") == 0.5
    assert shared("x = tf.tanh(z)\n", "x = torch.tanh(z)\n") == 0
