"""Every model of the catalogue has all that belongs to a model, and every model file is in the catalogue."""

import ast
from pathlib import Path

import pytest

from benchmarks.environment import ROOT
from benchmarks.faults.targets import OPTIMIZER_FILE
from benchmarks.parts import PARTS
from benchmarks.report.figures import pictures
from benchmarks.study.align import TREES
from shared.catalog import CATALOG, CHAPTERS

TREE_NAMES = ("shared", *TREES.values())


def missing(name: str, root: Path = ROOT) -> list[str]:
    """What a model of the catalogue lacks, each as one sentence."""
    entry = CATALOG[name]
    test = f"tests/models/{entry.chapter}/test_{name}.py"
    files = [*(entry.path(tree) for tree in TREE_NAMES), test]
    found = [f"{path} is missing" for path in files if not (root / path).is_file()]
    if found:
        return found
    found += [f"{name} states no {fact}" for fact in ("section", "summary") if not getattr(entry, fact)]
    if next(iter(entry.variants)) != "plain":
        found.append(f"the first variant of {name} is not plain")
    for key, variant in (entry.variants | entry.on_request).items():
        found += _of_variant(f"{name} {key}", key, variant)
    built = {tree: name in _functions(root / tree / "baselines" / f"{entry.chapter}.py") for tree in TREES.values()}
    for tree, there in built.items():
        if there == bool(entry.without_baseline):
            said = "and a reason for having none" if there else "and no reason (without_baseline)"
            found.append(f"{name} has {'a' if there else 'no'} baseline in {tree} {said}")
    return found


def _of_variant(title: str, key: str, variant) -> list[str]:
    found = [] if variant.data else [f"{title} does not say what it learns from"]
    if variant.picture not in pictures():
        found.append(f"{title} is drawn by {variant.picture!r}: no function of benchmarks/report/figures")
    learning = variant.learning
    if learning is None:
        return [*found, f"{title} has nothing to learn"] if key == "plain" else found
    if not learning.targets:
        found.append(f"{title} has no target")
    return found if learning.reason else [*found, f"{title} gives no reason for its curve_gap"]


def _functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def strangers(root: Path = ROOT) -> list[str]:
    """Model files that the catalogue does not name. Files of a chapter that define no Spec or model are helpers."""
    found = []
    for tree in TREE_NAMES:
        for chapter in CHAPTERS:
            for path in sorted((root / tree / chapter).glob("*.py")):
                bases = {ast.unparse(base).rpartition(".")[2] for base in _bases(path)}
                is_model = any(base in ("Model", "Spec") or base.endswith("Spec") for base in bases)
                if is_model and path.stem not in CHAPTERS[chapter] and not path.stem.endswith("_spec"):
                    found.append(f"{path.relative_to(root)} is not in the catalogue")
    return found


def _bases(path: Path):
    classes = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
    return [base for node in classes for base in node.bases]


def test_a_model_has_all_that_belongs_to_it(name):
    assert missing(name) == []


def test_every_model_file_is_in_the_catalogue():
    assert strangers() == []


def test_the_readme_lists_each_model_in_its_section():
    """The whole table; a section stands where its first model does in the catalogue."""
    models = {}
    for name, entry in CATALOG.items():
        models.setdefault((entry.chapter, entry.section), []).append(f"`{name}`")
    rows = [f"| {chapter} | {section} | {', '.join(names)} |" for (chapter, section), names in models.items()]
    head = "| chapter | section | models |\n|---|---|---|\n"
    _, _, rest = (ROOT / "README.md").read_text(encoding="utf-8").partition(head)
    assert rest.partition("\n\n")[0].splitlines() == rows


def test_no_part_has_the_name_of_a_model():
    """Both are targets of `mutants`, by name."""
    assert not {*PARTS, OPTIMIZER_FILE} & {*CATALOG}


def test_what_is_missing_is_named(tmp_path, monkeypatch):
    assert missing("gan", tmp_path) == [
        "shared/generative/gan.py is missing",
        "static_tf/generative/gan.py is missing",
        "dynamic_torch/generative/gan.py is missing",
        "tests/models/generative/test_gan.py is missing",
    ]
    monkeypatch.setattr(CATALOG["gan"].spec_class, "without_baseline", "")
    assert missing("gan") == [
        f"gan has no baseline in {tree} and no reason (without_baseline)" for tree in TREES.values()
    ]
    monkeypatch.setattr(CATALOG["lstm"].spec_class, "without_baseline", "a reason")
    assert missing("lstm") == [f"lstm has a baseline in {tree} and a reason for having none" for tree in TREES.values()]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"picture": "no such"}, "conv_net plain is drawn by 'no such': no function of benchmarks/report/figures"),
        ({"data": ""}, "conv_net plain does not say what it learns from"),
        ({"learning": None}, "conv_net plain has nothing to learn"),
    ],
)
def test_what_a_variant_lacks_is_named(monkeypatch, change, said):
    from dataclasses import replace

    variants = CATALOG["conv_net"].variants
    monkeypatch.setitem(variants, "plain", replace(variants["plain"], **change))
    assert missing("conv_net") == [said]


def test_a_file_that_is_not_in_the_catalogue_is_named(tmp_path):
    file = tmp_path / "static_tf" / "recurrent" / "another.py"
    file.parent.mkdir(parents=True)
    file.write_text("class Another(Model): ...\n")
    assert strangers(tmp_path) == ["static_tf/recurrent/another.py is not in the catalogue"]


def test_the_catalogue_is_short():
    assert len((ROOT / "shared" / "catalog.py").read_text().splitlines()) < 100
