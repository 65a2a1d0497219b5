"""The recipe for a new model, from nothing to green, in a copy of the project."""

import shutil
import subprocess
import sys

import pytest

from benchmarks.commands.skeleton import check, class_name, create, with_model
from benchmarks.environment import ROOT
from shared.catalog import CHAPTERS
from shared.errors import UsageError

PROVEN_AND_TRAINED = """
import sys
import pytest
from benchmarks.learning.learn import learn, succeeded
from benchmarks.proof import passed, prove

assert passed(prove("new_line")), "it is not proven"
assert succeeded(learn("new_line")[0]), "it does not reach its target"
own = ["tests/conventions", f"tests/models/{sys.argv[1]}/test_new_line.py"]
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "-k", "new_line or every_model_file", *own]))
"""


@pytest.fixture
def copied(tmp_path):
    """A copy of what the project is made of."""
    root = tmp_path / "project"
    skipped = shutil.ignore_patterns("__pycache__", "results", "*.jsonl.gz")
    for folder in ("shared", "static_tf", "dynamic_torch", "benchmarks", "tests"):
        shutil.copytree(ROOT / folder, root / folder, ignore=skipped)
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def run(root, *command):
    return subprocess.run([sys.executable, *command], cwd=root, capture_output=True, text=True, timeout=300)


def test_a_new_model_is_proven_trained_and_tested_as_it_stands(copied):
    """The first model of its chapter, whose folders are made, too."""
    chapter, catalog = "appendix", copied / "shared" / "catalog.py"
    text = catalog.read_text(encoding="utf-8")
    catalog.write_text(text.replace("\n}\n", f'\n    "{chapter}": (),\n}}\n', 1), encoding="utf-8")
    made = run(copied, "-m", "benchmarks.commands.skeleton", "new_line", chapter)
    assert made.returncode == 0, made.stderr
    assert made.stdout.split() == [
        f"shared/{chapter}/new_line.py",
        f"static_tf/{chapter}/new_line.py",
        f"dynamic_torch/{chapter}/new_line.py",
        f"tests/models/{chapter}/test_new_line.py",
        "shared/catalog.py",
    ]
    for arguments in (("format", "--check"), ("check", "--no-cache")):
        checked = run(copied, "-m", "ruff", *arguments, *made.stdout.split())
        assert checked.returncode == 0, checked.stdout + checked.stderr
    done = run(copied, "-c", PROVEN_AND_TRAINED, chapter)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.count(".") > 10, "these tests run"
    again = run(copied, "-m", "benchmarks.commands.skeleton", "new_line", chapter)
    assert again.returncode == 2
    assert again.stderr == f"error: there is a model new_line already, in the chapter {chapter}\n"


@pytest.mark.parametrize(
    ("model", "chapter", "said"),
    [
        ("lstm", "recurrent", "there is a model lstm already, in the chapter recurrent"),
        ("new", "vision", "no chapter 'vision': choose from basics, deep, convolutional, recurrent, speech, "),
        ("MyModel", "deep", "'MyModel' is not a valid model name"),
        ("my__model", "deep", "is not a valid model name"),
        ("1st", "deep", "is not a valid model name"),
        ("class", "deep", "is not a valid model name"),
        ("../gan", "deep", "is not a valid model name"),
    ],
)
def test_what_is_no_new_model_is_refused(model, chapter, said):
    with pytest.raises(UsageError, match=said):
        check(model, chapter)


def test_nothing_is_written_over(tmp_path):
    file = tmp_path / "static_tf" / "deep" / "new_line.py"
    file.parent.mkdir(parents=True)
    file.write_text("mine")
    with pytest.raises(UsageError, match=r"new_line\.py already exists"):
        create("new_line", "deep", tmp_path)
    assert file.read_text() == "mine"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]


def test_the_command_without_a_name_says_how(tmp_path):
    found = run(ROOT, "-m", "benchmarks.commands.skeleton", "", "deep")
    assert found.returncode == 2
    assert found.stderr == "error: name the model and its chapter: make model NAME=my_model CHAPTER=deep\n"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_catalogue_gets_one_name_more(chapter):
    text = (ROOT / "shared" / "catalog.py").read_text()
    scope: dict = {}
    exec(with_model(text, "new_line", chapter), scope)
    assert scope["CHAPTERS"] == CHAPTERS | {chapter: (*CHAPTERS[chapter], "new_line")}
    assert list(scope["CHAPTERS"]) == list(CHAPTERS)


def test_a_class_is_called_after_its_model():
    assert class_name("deep_net") == "DeepNet"
    assert class_name("lstm2") == "Lstm2"
