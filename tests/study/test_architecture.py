"""The picture of the packages shows the contracts of today."""

from benchmarks.environment import ROOT
from benchmarks.study.architecture import draw, layers


def test_the_picture_is_drawn_from_the_contracts_of_today():
    shown = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    assert shown == draw(layers()), "the contracts have changed: make architecture"


def test_every_package_has_a_box_of_its_own():
    names = [name for layer in layers() for name in layer]
    assert len(names) == len(set(names))
    assert all(f">{name}</text>" in draw(layers()) for name in names)
