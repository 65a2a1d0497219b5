"""Equivalent mutants of chapter basics, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import SUM, UNUSED

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/basics/shallow_regressor.py": {
        ("ShallowRegressor.regularizer", "(self.w1, self.w2) -> (self.w2, self.w1)"): SUM,
    },
    "dynamic_torch/basics/shallow_regressor.py": {
        ("ShallowRegressor.regularizer", "(self.w1, self.w2) -> (self.w2, self.w1)"): SUM,
    },
    "static_tf/basics/shallow_classifier.py": {
        ("ShallowClassifier.regularizer", "(self.w1, self.w2) -> (self.w2, self.w1)"): SUM,
    },
    "dynamic_torch/basics/shallow_classifier.py": {
        ("ShallowClassifier.regularizer", "(self.w1, self.w2) -> (self.w2, self.w1)"): SUM,
    },
    "static_tf/basics/logistic_regression.py": {
        ("LogisticRegression.forward", "tf.sigmoid(z) -> tf.sigmoid(tf.stop_gradient(z))"): UNUSED,
    },
    "dynamic_torch/basics/logistic_regression.py": {
        ("LogisticRegression.forward", "torch.sigmoid(z) -> torch.sigmoid(z.detach())"): UNUSED,
    },
}
