"""The command line: exit status, one clear line for what cannot be, nothing lost, and quick answers."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from benchmarks import cli
from benchmarks.environment import ROOT
from shared.datasets import files
from shared.errors import UsageError


def run(*arguments, code=None, **options):
    """The command line in a process of its own."""
    command = ["-c", code] if code else ["-m", "benchmarks"]
    return subprocess.run([sys.executable, *command, *map(str, arguments)], capture_output=True, text=True, **options)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["parity", "ltsm"], ["unknown model 'ltsm'", "'lstm'"]),
        (["show", "gann"], ["unknown model 'gann'", "'gan'"]),
        (["show", "gan", "--baseline"], ["gan has no baseline: ", "neither framework has a layer for it"]),
        (["mutants", "optimizes"], ["unknown model 'optimizes'", "'optimizers'"]),
        (["differences", "adam_epsilom"], ["unknown difference 'adam_epsilom'", "'adam_epsilon'"]),
        (["parity", "lstm", "--dtype", "float16"], ["unknown dtype 'float16'", "float"]),
        (["speed", "lstm", "--dtype", "half"], ["unknown dtype 'half'", "float32"]),
        (["parity", "lstm", "--device", "cuda"], ["GPU", "--device cpu"]),
        pytest.param(["speed", "lstm", "--device", "cuda"], ["GPU", "--device cpu"], marks=pytest.mark.slow),
        (["train", "lstm", "--device", "tpu"], ["unknown device 'tpu'", "cpu"]),
        (["speed", "lstm", "--size", "huge"], ["unknown size 'huge'", "large"]),
        (["parity", "lstm", "--size", "huge"], ["unknown size 'huge'", "large"]),
        (["parity", "lstm", "--variant", "while-loop"], ["unknown variant", "while_loop"]),
        (["train", "lstm", "--steps", "5", "--check"], ["--check", "--steps"]),
        (["train", "lstm", "--optimizer", "adam", "--check"], ["--check", "--optimizer"]),
        (["parity", "lstm", "--optimizer", "rmsprob"], ["unknown optimizer 'rmsprob'", "'rmsprop'"]),
        (["train", "lstm", "--optimizer", "addam"], ["unknown optimizer 'addam'", "'adam'"]),
        (["speed", "lstm", "--sweep", "loop=1"], ["loop is not a number in lstm", "'unrolled'"]),
        (["speed", "lstm", "--sweep", "batch=1.5"], ["batch is a whole number in lstm, not 1.5"]),
        (["parity", "lstm", "--static-host", "x//python=evil"], ["--static-host", "'x//python=evil'"]),
        (["parity", "lstm", "--dynamic-host", "-oProxyCommand=evil"], ["--dynamic-host", "-oProxyCommand=evil"]),
        (["report", "--out", "/proc/nowhere"], ["cannot write into /proc/nowhere"]),
        (["parity", "lstm", "--json", "/proc/nowhere/p.json"], ["cannot write into /proc/nowhere"]),
        (["parity", "lstm", "--json", "/tmp"], ["/tmp is a folder"]),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else None,
)
def test_what_cannot_be_is_refused_in_one_line(arguments, words, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    out, err = capsys.readouterr()
    (line,) = err.splitlines()
    assert line.startswith("error: ")
    assert all(word in line for word in words), line
    assert out == ""


def test_a_refusal_is_the_exit_status_of_the_process():
    result = run("parity", "ltsm", cwd=ROOT)
    assert result.returncode == 2, result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: unknown model 'ltsm'")
    assert result.stdout == ""


@pytest.mark.parametrize("option", ["--steps", "--seed"])
def test_a_number_beyond_all_reason_is_refused(option):
    result = run("parity", "lstm", option, 10**21, cwd=ROOT)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].startswith(f"Error: Invalid value for '{option}': ")
    assert result.stdout == ""


TITLES = {"torch": "PyTorch", "tensorflow": "TensorFlow"}
MISSING = [  # by command in turn; all of them: `make test-all`
    pytest.param(package, command, marks=[pytest.mark.slow] if (i + j) % 2 else [])
    for i, command in enumerate(["parity", "speed", "train", "report", "mutants"])
    for j, package in enumerate(TITLES)
]


@pytest.mark.parametrize(("package", "command"), MISSING)
def test_a_missing_framework_is_named(package, command):
    code = f"import sys; sys.modules[{package!r}] = None; from benchmarks.cli import main; main()"
    result = run(command, "lstm", code=code, cwd=ROOT)
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert f"{TITLES[package]} is not installed" in line
    assert f"pip install {package}" in line


@pytest.mark.parametrize(
    "arguments", [["--help"], ["list"], ["show", "lstm"], ["show", "lstm", "--baseline"]], ids=" ".join
)
def test_it_answers_at_once_and_without_a_framework(arguments):
    code = (
        "import sys; from benchmarks.cli import main\n"
        "try: main()\n"
        "finally: print(sorted({'tensorflow', 'torch', 'pandas', 'matplotlib', 'scipy', 'sklearn'} & set(sys.modules)))"
    )
    start = time.perf_counter()
    result = run(*arguments, code=code, cwd=ROOT)
    seconds = time.perf_counter() - start
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "[]"
    assert seconds < 3  # a second on a quiet machine; this one may be running other tests


def test_parity_prints_no_framework_noise_and_writes_what_it_found(tmp_path):
    file = tmp_path / "p.json"
    result = run("parity", "shallow_regressor", "shallow_classifier", "--steps", "2", "--json", file, cwd=ROOT)
    assert result.returncode == 0, result.stdout
    assert result.stderr == ""
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        "shallow_regressor",
        *["shallow_classifier"] * 2,
    ]
    found = json.loads(file.read_text())
    assert found["environment"]["torch"]
    assert {row["model"] for row in found["rows"]} == {"shallow_regressor", "shallow_classifier"}


def test_an_interrupt_keeps_what_was_measured(tmp_path):
    file = tmp_path / "p.json"
    command = [sys.executable, "-m", "benchmarks", "parity", "--json", str(file)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a test run in the background ignores it
    )
    assert process.stdout.readline().startswith("computational_graph")  # the first pair is done
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    # Which a shell calls 130, too: so CPython ends what `-m` runs, if the interrupt came while a text was executed
    assert process.returncode in (130, -signal.SIGINT)
    assert "interrupted" in complaint
    assert str(file) in complaint
    assert "Traceback" not in complaint
    rows = json.loads(file.read_text())["rows"]
    assert rows[0]["model"] == "computational_graph"


def test_a_model_that_fails_costs_its_own_row_only(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from benchmarks.cli import app
    from dynamic_torch.basics.shallow_regressor import ShallowRegressor

    def broken(self, x):
        raise RuntimeError("no such thing")

    monkeypatch.setattr(ShallowRegressor, "forward", broken)
    file = tmp_path / "p.json"
    result = CliRunner().invoke(app, ["parity", "shallow_regressor", "gan", "--steps", "1", "--json", str(file)])
    assert result.exit_code == 1
    rows = json.loads(file.read_text())["rows"]
    (failed,) = (row for row in rows if row["model"] == "shallow_regressor")
    assert failed["note"] == "no such thing"
    assert all(row["verdict"] != "different" for row in rows if row["model"] == "gan")


@pytest.mark.parametrize("spoil", [lambda data: data[:-100], lambda data: data[:500] + b"x" + data[501:], None])
def test_a_damaged_data_file_is_refused_by_name(spoil, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    if spoil:
        (tmp_path / "movie_snippets.npz").write_bytes(spoil((ROOT / "shared/data/movie_snippets.npz").read_bytes()))
    with pytest.raises(UsageError, match=r"movie_snippets\.npz.*git checkout"):
        files.load("movie_snippets.npz")


def test_a_damaged_data_file_is_refused_by_the_command_line(tmp_path):
    spoilt = tmp_path / "movie_snippets.npz"
    spoilt.write_bytes(b"PK")
    code = (
        "from pathlib import Path; from shared.datasets import files; from benchmarks.cli import main\n"
        f"files.FOLDER = Path({str(tmp_path)!r}); main()"
    )
    result = run("parity", "lstm", code=code, cwd=ROOT, env={**os.environ})
    assert result.returncode == 2
    assert "movie_snippets.npz is damaged" in result.stderr


@pytest.mark.slow
def test_mutants_are_counted_kept_and_summed_up(tmp_path):
    """The whole command on the smallest model: rows as the README says, and results that the report finds."""
    result = run(
        "mutants", "computational_graph", "--json", "m.json", cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert result.returncode == 0, result.stdout + result.stderr
    rows = json.loads((tmp_path / "m.json").read_text())["rows"]
    assert [row["side"] for row in rows] == ["static", "dynamic"]
    for row in rows:
        assert {"model", "side", "planted", "caught", "equivalent", "located", "mutants"} <= row.keys()
        assert row["planted"] == len(row["mutants"]) == row["caught"] + row["equivalent"]
        assert row["located"] >= 0.95 * row["caught"]
    assert "100.0% of those not equivalent" in result.stdout
    assert (tmp_path / "report/kept/mutants-computational_graph.json").exists()


@pytest.mark.slow
def test_differences_are_measured_from_the_command_line(tmp_path):
    file = tmp_path / "d.json"
    result = run("differences", "l2_normalize", "nesterov", "--json", file, cwd=ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    first, second = json.loads(file.read_text())["rows"]
    assert (first["name"], second["name"]) == ("l2_normalize", "nesterov")
    assert first["default_difference"] > 0.5 > 1e-12 > first["aligned_difference"]
    assert second["default_difference"] < 1e-12
