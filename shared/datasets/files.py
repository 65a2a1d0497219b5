"""Files that ship: checked before they are read, never unpickled."""

import hashlib
import io
from pathlib import Path

import numpy as np

from shared.errors import UsageError

FOLDER = Path(__file__).resolve().parent.parent / "data"
CHECKSUMS = {
    "mnist1d.npz": "71d4fde07bd7dda1c54c06c07d26dbc40ff0733bc26dc3293ed556dd75842e32",
    "movie_snippets.npz": "a00233ccd048902d79f85ccfd250e5b64266f77af493addc9b61c1f5bd3ae239",
    "spoken_digits.npz": "7294f579a9bb37fff4e53c0de2b1f5f0317e33858c39a99c7db0829b6c8a5b21",
    "verse.txt": "8a73136f699d7ed17260b916b0797fafdfe6213bbbcf1914ba5327134b7c863e",
}


def content(name: str) -> bytes:
    """What a shipped file holds. A missing, short or altered one is a UsageError that names it."""
    mend = f"restore it with: git checkout -- shared/data/{name}"
    try:
        data = (FOLDER / name).read_bytes()
    except OSError as error:
        raise UsageError(f"data file {name} cannot be read ({error.strerror}): {mend}") from error
    if hashlib.sha256(data).hexdigest() != CHECKSUMS[name]:
        raise UsageError(f"data file {name} is damaged (its checksum differs): {mend}")
    return data


def load(name: str) -> dict[str, np.ndarray]:
    """The arrays of a shipped npz file; errors are those of `content`."""
    with np.load(io.BytesIO(content(name)), allow_pickle=False) as file:
        return {key: file[key] for key in file.files}
