"""What several test files here use."""

import io

from rich.console import Console

# On the terminal


def shown(renderable, width=200):
    console = Console(width=width, file=io.StringIO())
    console.print(renderable)
    return console.file.getvalue()
