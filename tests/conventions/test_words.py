"""Names that were private words of this project do not come back: the field has a word for each."""

import io
import tokenize

from benchmarks.environment import ROOT

TREES = ("shared", "static_tf", "dynamic_torch", "benchmarks", "tests")

# The name that is gone -> the word for it
NAMES = {
    "Beside": "ComparedTwin",
    "CUT": "NO_GRADIENT",
    "Effort": "TimingSettings",
    "GraphTwin": "Twin",
    "Kept": "ResultCache",
    "Kinks": "KinkTolerance",
    "Known": "KnownDifference",
    "LayersTwin": "BaselineTwin",
    "ModuleTwin": "Twin",
    "Moved": "PerturbedTwin",
    "RULES": "OPTIMIZERS",
    "Said": "Statement",
    "UpdateRule": "Optimizer",
    "blame": "attribution",
    "blamed": "failing_method",
    "effort": "settings",
    "handed_on": "next_layer_input",
    "keeping": "cache",
    "load_layers": "load_baseline",
    "mood": "status",
    "moods": "statuses",
    "noted": "record_calls",
    "own_classes": "model_classes",
    "unrest": "instability",
    "update_rule": "optimizer",
}

# Methods, functions and fields of a class; as a local variable the word may be what it says
DEFINED = {
    "apart": "off_cores or distance",
    "called": "slot_name",
    "clipped": "clip",
    "decayed": "add_weight_decay",
    "drawn": "plotted",
    "hard": "edge_cases",
    "hard_cases": "edge_cases",
    "made": "build",
    "move": "apply",
    "signals": "scalable_inputs",
    "starts": "initial_slots",
    "view": "plot_inputs",
}

FILES = {
    "arms": "processes",
    "calls": "recording",
    "graph": "model",
    "keeping": "cache",
    "layers": "baselines",
    "module": "model",
    "texts": "code_columns",
    "updates": "optimizers",
    "words": "formatting",
}


def tokens(text):
    return [token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == tokenize.NAME]


def dead_names(text):
    """The dead names in a text, each with the line where it stands first, and with the word for it."""
    found, before = {}, ""
    for token in tokens(text):
        word = NAMES.get(token.string) or (DEFINED.get(token.string) if before == "def" else None)
        if word:
            found.setdefault(token.string, f"line {token.start[0]}: say {word}")
        before = token.string
    return found


def test_dead_names_do_not_come_back():
    paths = sorted(path for tree in TREES for path in (ROOT / tree).rglob("*.py"))
    found = {str(path.relative_to(ROOT)): dead_names(path.read_text(encoding="utf-8")) for path in paths}
    assert {path: names for path, names in found.items() if names} == {}


def test_dead_files_do_not_come_back():
    paths = [path for tree in TREES[:4] for path in (ROOT / tree).rglob("*.py")]
    assert [str(path.relative_to(ROOT)) for path in paths if path.stem in FILES] == []


def test_a_dead_name_is_seen_in_code_only():
    assert dead_names("# Kept, said\nx = 'Kept'\n") == {}
    assert dead_names("def f():\n    made = 1\n    return made\n") == {}
    assert dead_names("\n\nclass Kept:\n    def starts(self):\n        pass\n").keys() == {"Kept", "starts"}
