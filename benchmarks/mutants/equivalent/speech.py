"""Equivalent mutants of chapter speech, by file, method and change: see the package's docstring."""

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {}
