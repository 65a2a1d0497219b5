"""What is said of the machine: flat, and nothing private."""

import getpass
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

from benchmarks.environment import ROOT, environment


def test_the_environment_is_flat_and_private():
    found = environment()
    assert json.loads(json.dumps(found)) == found
    assert all(value is None or isinstance(value, str | int) for value in found.values())
    assert {"date", "cpu", "cores", "python", "numpy", "tensorflow", "torch", "commit"} <= found.keys()
    text = json.dumps(found)
    assert not {getpass.getuser(), socket.gethostname()} & set(re.split(r"[^\w.-]+", text))
    assert str(Path.home()) not in text
    assert str(ROOT) not in text
    code = (
        "import sys; from benchmarks.environment import environment; environment(); "
        "print({'tensorflow', 'torch'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
