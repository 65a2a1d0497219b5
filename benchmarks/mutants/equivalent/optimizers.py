"""Equivalent mutants of the optimizers, by file, method and change: see the package's docstring."""

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/optimizers.py": {
        (
            "descent",
            "tf.train.AdagradOptimizer(rate, initial_accumulator_value=config.init, name=name) -> "
            "tf.train.AdagradOptimizer(rate, name=name)",
        ): "what is left out is the default, which the settings have too",
    },
    "dynamic_torch/optimizers.py": {},
}
