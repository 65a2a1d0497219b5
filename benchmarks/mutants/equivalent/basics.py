"""Equivalent mutants of chapter basics, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import UNUSED

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/basics/logistic_regression.py": {
        ("LogisticRegression.forward", "tf.sigmoid(z) -> tf.sigmoid(tf.stop_gradient(z))"): UNUSED,
    },
    "dynamic_torch/basics/logistic_regression.py": {
        ("LogisticRegression.forward", "torch.sigmoid(z) -> torch.sigmoid(z.detach())"): UNUSED,
    },
}
