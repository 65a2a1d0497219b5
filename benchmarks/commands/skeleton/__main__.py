"""`python -m benchmarks.commands.skeleton NAME CHAPTER`: the program behind `make model`."""

import sys

from benchmarks.commands.skeleton import create
from benchmarks.environment import ROOT
from shared.errors import UsageError


def main(arguments: list[str]) -> int:
    """Write the files of a model and print their paths; return the exit status, 2 for an invalid request."""
    try:
        if len(arguments) != 2 or not all(arguments):
            raise UsageError("name the model and its chapter: make model NAME=my_model CHAPTER=deep")
        name, chapter = arguments
        for path in create(name, chapter, ROOT):
            print(path.relative_to(ROOT))
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
