"""The two files of every pair say the same things in the same order under the same headings."""

import re

import pytest

from benchmarks.environment import ROOT
from benchmarks.parts import PARTS, parts_of, path_of_part
from benchmarks.study.align import TREES, pieces, source
from shared.catalog import CATALOG
from tests.study.made_up import DYNAMIC, STATIC

# What one side of a pair has and the other does not, each with its reason
ONE_SIDED: dict[tuple[str, str], dict[str, str]] = {
    ("normalization", "static"): {
        "BatchNorm.update_averages": "operations of their own move the averages; in eager code the call itself does"
    },
    ("sequence_conv_net", "dynamic"): {
        "SequenceConvNet.named_parameters": "a graph's variables are not named after what holds them"
    },
    ("fused", "static"): {"FusedLSTM.reordered": "only TensorFlow's kernel has the gates in another order"},
    ("cells", "static"): {
        "Cell.through_while_loop": "a graph can be unrolled or hold a loop; eager code has Python's loop for both"
    },
    ("attention", "static"): {
        "Attention.decode_in_while_loop": "a graph can be unrolled or hold a loop; eager code has Python's for both"
    },
    ("ctc_loss", "static"): {
        f"CTC.{method}": "the sum over alignments, for which PyTorch has a kernel that is right in float64"
        for method in ("through_frames", "path", "emitted", "begin", "advance", "never")
    },
}


def names(text: str) -> list[str]:
    """The classes, methods and functions of a file that are not private, in order."""
    return [
        ".".join(filter(None, (owner, name)))
        for owner, name in pieces(text)
        if name not in ("docstring", "imports", "constants") and not (name or owner).startswith("_")
    ]


def headings(text: str) -> list[str]:
    """The headings: comments such as `# 2 How X connects to Y`. Both sides have the same words."""
    return re.findall(r"^ *# (\d+ .*)", text, flags=re.MULTILINE)


def drift(name: str, static: str, dynamic: str) -> list[str]:
    """In what the two texts do not correspond, apart from what is listed above."""
    found = []
    expected = {side: ONE_SIDED.get((name, side), {}) for side in TREES}
    own = {"static": names(static), "dynamic": names(dynamic)}
    for side, keys in expected.items():
        found += [f"{side} no longer has {key}, which is listed as its own" for key in keys if key not in own[side]]
    left, right = ([key for key in own[side] if key not in expected[side]] for side in TREES)
    # In eager code the batch is the input: only a model that does something with it first says so
    left = [key for key in left if not key.endswith(".inputs") or key in right]
    if left != right:
        found.append(f"static has {left}, dynamic has {right}")
    if headings(static) != headings(dynamic):
        found.append(f"headings {headings(static)} and {headings(dynamic)}")
    return found


def test_twins_correspond(name):
    static, dynamic = source(name, "static"), source(name, "dynamic")
    assert not drift(name, static, dynamic)
    assert headings(static), "a twin's file answers the lecture's questions under numbered headings"


@pytest.mark.parametrize("part", PARTS)
def test_parts_correspond(part):
    static, dynamic = ((ROOT / path_of_part(part, tree)).read_text(encoding="utf-8") for tree in TREES.values())
    assert not drift(part, static, dynamic)
    assert f"Twin: {path_of_part(part, TREES['dynamic'])}\n" in static
    assert f"Twin: {path_of_part(part, TREES['static'])}\n" in dynamic


def test_both_sides_of_a_model_use_the_same_parts(name):
    assert parts_of(name, TREES["static"]) == parts_of(name, TREES["dynamic"])
    assert {part for model in CATALOG for part in parts_of(model)} == set(PARTS)


def test_twins_refer_to_each_other(name):
    entry = CATALOG[name]
    assert f"Twin: {entry.path('dynamic_torch')}\n" in source(name, "static")
    assert f"Twin: {entry.path('static_tf')}\n" in source(name, "dynamic")


FORWARD = DYNAMIC[DYNAMIC.index("    # 2") : DYNAMIC.index("\n\ndef train")]


@pytest.mark.parametrize(
    "mutated",
    [
        DYNAMIC.replace("def forward", "def foward"),
        DYNAMIC.replace("def train", "def fit"),
        DYNAMIC.replace(FORWARD, ""),
        DYNAMIC.replace("    # 1 Inputs", FORWARD + "\n    # 1 Inputs", 1).replace(FORWARD + "\n\ndef", "\n\ndef"),
        DYNAMIC.replace("class Model", "class Module"),
        DYNAMIC.replace("# 2 Forward", "# 3 Forward"),
        DYNAMIC.replace("    # 2 Forward\n", ""),
    ],
    ids=["method renamed", "function renamed", "method missing", "order", "class renamed", "heading", "no heading"],
)
def test_drift_is_noticed(mutated):
    assert mutated != DYNAMIC
    assert not drift("", STATIC, DYNAMIC)
    assert drift("", STATIC, mutated)
