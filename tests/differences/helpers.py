"""Functions that measure a known difference on one side, and text as it is shown."""

import io

from rich.console import Console

# On the terminal


def shown(renderable, width=200):
    console = Console(width=width, file=io.StringIO())
    console.print(renderable)
    return console.file.getvalue()
