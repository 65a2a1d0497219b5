"""Files that ship: checked before they are read, never unpickled."""

import hashlib
from pathlib import Path

import numpy as np

from shared.errors import UsageError

FOLDER = Path(__file__).resolve().parent.parent / "data"
CHECKSUMS = {
    "mnist1d.npz": "71d4fde07bd7dda1c54c06c07d26dbc40ff0733bc26dc3293ed556dd75842e32",
    "movie_snippets.npz": "a00233ccd048902d79f85ccfd250e5b64266f77af493addc9b61c1f5bd3ae239",
    "spoken_digits.npz": "7294f579a9bb37fff4e53c0de2b1f5f0317e33858c39a99c7db0829b6c8a5b21",
}


def load(name: str) -> dict[str, np.ndarray]:
    """The arrays of a shipped npz file. A missing, short or altered file is a UsageError that names it."""
    path = FOLDER / name
    mend = f"restore it with: git checkout -- shared/data/{name}"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"data file {name} cannot be read ({error.strerror}): {mend}") from error
    if hashlib.sha256(data).hexdigest() != CHECKSUMS[name]:
        raise UsageError(f"data file {name} is damaged (its checksum differs): {mend}")
    with np.load(path, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}
