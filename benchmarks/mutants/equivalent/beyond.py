"""Equivalent mutants of chapter beyond, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import SQUARED

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/beyond/maml.py": {
        (
            "MAML.forward",
            "self.error(self.net(x_support, *weights), y_support) -> "
            "self.error(y_support, self.net(x_support, *weights))",
        ): SQUARED,
        ("MAML.loss", "self.error(y_, y_query) -> self.error(y_query, y_)"): SQUARED,
    },
    "dynamic_torch/beyond/maml.py": {
        (
            "MAML.forward",
            "self.error(self.net(x_support, *weights), y_support) -> "
            "self.error(y_support, self.net(x_support, *weights))",
        ): SQUARED,
        ("MAML.loss", "self.error(y_, y_query) -> self.error(y_query, y_)"): SQUARED,
    },
}
