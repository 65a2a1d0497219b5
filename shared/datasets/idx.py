"""The format of MNIST's files: two zero bytes, the code for bytes, the number of axes, their lengths, the bytes; gzip.

(LeCun, Cortes & Burges, "The MNIST database of handwritten digits": FILE FORMATS.)
"""

import gzip
import hashlib
import math
import struct
import zlib

import numpy as np

from shared.datasets.upstream import Collection, File
from shared.errors import UsageError

BYTES = 8  # the code for unsigned bytes
KINDS = {1: "labels", 3: "images"}  # by the number of axes


def read(collection: Collection, file: File) -> np.ndarray:
    """The bytes of a file, in its shape. Any other file than upstream's is a UsageError with name and reason."""
    path = collection.locate(file)
    try:
        with gzip.open(path) as stream:
            content = _content(stream, file.shape)
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != file.content:
            raise _Foreign("is not upstream's file, or is damaged: its checksum differs")
    except _Foreign as error:
        why = str(error)
    except gzip.BadGzipFile as error:
        why = "is damaged" if "CRC" in str(error) else "is not a gzip file"
    except EOFError:
        why = "is cut off"
    except zlib.error:
        why = "is damaged"
    except OSError as error:
        why = f"cannot be read ({error.strerror})"
    else:
        return np.frombuffer(content, np.uint8, offset=_head_size(file.shape)).reshape(file.shape)
    raise UsageError(f"{path} {why}; move it away and get {collection.title} with: {collection.command}")


class _Foreign(Exception):
    """The reason why a file is not the one that its name promises."""


def _head_size(shape: tuple[int, ...]) -> int:
    return 4 + 4 * len(shape)


def _content(stream: gzip.GzipFile, shape: tuple[int, ...]) -> bytes:
    """Read a whole file, but no more than it should contain, whatever its header claims."""
    head = stream.read(_head_size(shape))
    if len(head) < 4 or head[:3] != bytes([0, 0, BYTES]):
        raise _Foreign(f"is not an idx file of unsigned bytes: it begins with {head[:4].hex(' ') or 'nothing'}")
    if head[3] != len(shape):
        held, wanted = (KINDS.get(axes, f"something of {axes} axes") for axes in (head[3], len(shape)))
        raise _Foreign(f"holds {held}, not {wanted}")
    lengths = struct.unpack(f">{len(head) // 4 - 1}I", head[4 : len(head) // 4 * 4])
    if lengths != shape:
        raise _Foreign(f"says that it holds {_times(lengths)} bytes, not {_times(shape)}")
    body = stream.read(math.prod(shape) + 1)
    if len(body) != math.prod(shape):
        amount = "more" if len(body) > math.prod(shape) else "less"
        raise _Foreign(f"holds {amount} than the {_times(shape)} bytes that it says")
    return head + body


def _times(lengths: tuple[int, ...]) -> str:
    return " x ".join(map(str, lengths)) or "no"
