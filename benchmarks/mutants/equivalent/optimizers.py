"""Equivalent mutants of the optimizers, by file, method and change: see the package's docstring."""

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/optimizers.py": {},
    "dynamic_torch/optimizers.py": {},
}
