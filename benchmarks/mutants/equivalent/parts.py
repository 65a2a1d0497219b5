"""Equivalent mutants of the parts, by file, method and change: see the package's docstring."""

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/parts/normalization.py": {
        (
            "BatchNorm.update_averages",
            "((self.moving_mean, mean), (self.moving_variance, unbiased)) -> ((self.moving_variance, unbiased), "
            "(self.moving_mean, mean))",
        ): "neither operation reads what the other writes, and a graph runs them in any order",
    },
}
