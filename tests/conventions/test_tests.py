"""Every model has its file of tests, with what is pinned of it; and every package its folder."""

import ast

from benchmarks.environment import ROOT
from shared.catalog import CATALOG

# What each model's file states of it, by the functions of tests/models/pins.py that it calls
PINS = ("test_without_a_seed_it_starts_where_it_always_did", "test_what_it_accepts_beside_the_data")


def own_tests(name):
    """The names of the tests in a model's own file."""
    file = ROOT / "tests" / "models" / CATALOG[name].chapter / f"test_{name}.py"
    assert file.exists(), f"{name} has no tests of its own: write {file.relative_to(ROOT)}"
    body = ast.parse(file.read_text(encoding="utf-8")).body
    return [part.name for part in body if isinstance(part, ast.FunctionDef) and part.name.startswith("test_")]


def test_a_model_has_its_pins_and_a_test_against_something_independent(name):
    found = own_tests(name)
    assert [pin for pin in PINS if pin not in found] == [], "copy them from another model's file"
    assert set(found) - set(PINS), "compare both twins with a formula, SciPy, scikit-learn or a framework's own layer"


def test_no_file_of_tests_is_of_a_model_that_is_gone():
    files = {file.stem.removeprefix("test_") for file in (ROOT / "tests" / "models").glob("*/test_*.py")}
    assert files == set(CATALOG)


def test_every_package_of_the_harness_has_its_folder_of_tests():
    packages = {file.parent for file in (ROOT / "benchmarks").glob("*/*.py")}
    missing = [package.name for package in packages if not list((ROOT / "tests" / package.name).glob("test_*.py"))]
    assert missing == []
