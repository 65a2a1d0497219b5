"""Equivalent mutants of chapter basics, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import BOTH_WAIT, UNUSED

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/basics/computational_graph.py": {
        ("ComputationalGraph.update", "[loss, *gradients] -> [loss]"): BOTH_WAIT,
        ("ComputationalGraph.update", "[loss, *gradients] -> [*gradients]"): BOTH_WAIT,
    },
    "static_tf/basics/linear_regression.py": {
        ("LinearRegression.update", "[loss, *gradients] -> [loss]"): BOTH_WAIT,
        ("LinearRegression.update", "[loss, *gradients] -> [*gradients]"): BOTH_WAIT,
    },
    "static_tf/basics/logistic_regression.py": {
        ("LogisticRegression.update", "[loss, *gradients] -> [loss]"): BOTH_WAIT,
        ("LogisticRegression.update", "[loss, *gradients] -> [*gradients]"): BOTH_WAIT,
        ("LogisticRegression.forward", "tf.sigmoid(z) -> tf.sigmoid(tf.stop_gradient(z))"): UNUSED,
    },
    "static_tf/basics/shallow_regressor.py": {
        ("ShallowRegressor.update", "[loss, *gradients] -> [loss]"): BOTH_WAIT,
        ("ShallowRegressor.update", "[loss, *gradients] -> [*gradients]"): BOTH_WAIT,
    },
    "static_tf/basics/shallow_classifier.py": {
        ("ShallowClassifier.update", "[loss, *gradients] -> [loss]"): BOTH_WAIT,
        ("ShallowClassifier.update", "[loss, *gradients] -> [*gradients]"): BOTH_WAIT,
    },
    "dynamic_torch/basics/logistic_regression.py": {
        ("LogisticRegression.forward", "torch.sigmoid(z) -> torch.sigmoid(z.detach())"): UNUSED,
    },
}
