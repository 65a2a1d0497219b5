"""Mutants that compute the same function: why no test of the values could tell each from the original.

By file, method, and what is changed, as the campaign prints it. An entry that no longer is a mutant, or that is noticed
after all, fails the campaign.
"""

Key = tuple[str, str, str]

ADDENDS = "the same numbers are added in another order: that is rounding"
BOTH_WAIT = "the loss and the gradients each wait for every look at a variable: either alone is enough to wait for"
ONE_COLUMN = "there is one column: the first is the last"
ALL_ZERO = "c and h begin as the same zeros"
NO_GRADIENT = "zeros that nothing has computed: no gradient is wanted there"
DATA = "the data come in here, and nobody asks for a gradient of them"
PROMOTED = "PyTorch takes a truth value for 0 or 1, and an integer for a float, where it meets a float"
DEFAULT = "what is left out is the default"
UNUSED = "the loss does not depend on this, so no gradient comes back through it"


def _basics() -> dict[Key, str]:
    """The five first models write out the same update."""
    return {
        (f"static_tf/basics/{name}.py", f"{kind}.update", f"[loss, *gradients] -> {left}"): BOTH_WAIT
        for name, kind in (
            ("computational_graph", "ComputationalGraph"),
            ("linear_regression", "LinearRegression"),
            ("logistic_regression", "LogisticRegression"),
            ("shallow_regressor", "ShallowRegressor"),
            ("shallow_classifier", "ShallowClassifier"),
        )
        for left in ("[loss]", "[*gradients]")
    }


def _all_of(path: str, reasons: dict[tuple[str, str], str]) -> dict[Key, str]:
    return {(path, *place): reason for place, reason in reasons.items()}


EQUIVALENT: dict[Key, str] = {
    **_basics(),
    **_all_of(
        "static_tf/updates.py",
        {("UpdateRule.minimize", f"[loss, *gradients] -> {left}"): BOTH_WAIT for left in ("[loss]", "[*gradients]")},
    ),
    **_all_of(
        "dynamic_torch/updates.py",
        {
            (
                "Adam.reset",
                "{'step': torch.zeros(()), **zeros} -> {'step': torch.ones(()), **zeros}",
            ): "a step sets it from the one count before it reads it",
            (
                "Adam.apply",
                "self.optimizer.state[w]['step'].copy_(self.step) -> "
                "self.optimizer.state[w]['step'].copy_(self.step); self.optimizer.state[w]['step'].copy_(self.step)",
            ): "the second time it sets what is there already",
        },
    ),
    **_all_of(
        "static_tf/recurrent/lstm.py",
        {
            ("LSTM.forward", "(:, 0) -> (:, -1)"): ONE_COLUMN,
            (
                "LSTM.through_time",
                "self.config.loop == 'while_loop' -> self.config.loop != 'while_loop'",
            ): "both ways through time compute the same, and each variant then goes the other's",
            (
                "LSTM.through_time",
                "self.through_while_loop(z, c, h) -> self.through_while_loop(z, h, c)",
            ): ALL_ZERO,
            (
                "LSTM.through_time",
                "self.through_while_loop(z, c, h) -> self.through_while_loop(z, tf.stop_gradient(c), h)",
            ): NO_GRADIENT,
            (
                "LSTM.through_time",
                "self.through_while_loop(z, c, h) -> self.through_while_loop(z, c, tf.stop_gradient(h))",
            ): NO_GRADIENT,
            (
                "LSTM.through_while_loop",
                "t + 1 -> tf.stop_gradient(t) + 1",
            ): "t counts steps: an integer has no gradient",
            ("LSTM.through_while_loop", "(0, c, h, hs) -> (0, h, c, hs)"): ALL_ZERO,
        },
    ),
    **_all_of(
        "dynamic_torch/recurrent/lstm.py",
        {
            ("LSTM.forward", "(:, 0) -> (:, -1)"): ONE_COLUMN,
            (
                "LSTM.forward",
                "(torch.arange(self.config.length, device=h.device) < lengths[:, None]).to(h.dtype) -> "
                "torch.arange(self.config.length, device=h.device) < lengths[:, None]",
            ): PROMOTED,
            ("LSTM.forward", "lengths.to(h.dtype) -> lengths"): PROMOTED,
            (
                "LSTM.forward",
                "torch.arange(self.config.length, device=h.device) -> torch.arange(self.config.length)",
            ): "on the CPU, where this runs, the default is the same device",
        },
    ),
    **_all_of(
        "static_tf/convolutional/sequence_conv_net.py",
        {
            ("SequenceConvNet.forward", "self.perceptron(x[:, :, 0]) -> self.perceptron(x[:, :, -1])"): ONE_COLUMN,
            ("SequenceConvNet.forward", "h = x[:, :, 0] -> h = x[:, :, -1]"): ONE_COLUMN,
            (
                "SequenceConvNet.convolution",
                "self.layer(1, x, self.kernel1, self.bias1) -> "
                "self.layer(1, tf.stop_gradient(x), self.kernel1, self.bias1)",
            ): DATA,
            ("SequenceConvNet.perceptron", "x @ self.w1 -> tf.stop_gradient(x) @ self.w1"): DATA,
        },
    ),
    **_all_of(
        "dynamic_torch/convolutional/sequence_conv_net.py",
        {
            ("SequenceConvNet.forward", "self.perceptron(x[:, :, 0]) -> self.perceptron(x[:, :, -1])"): ONE_COLUMN,
            ("SequenceConvNet.forward", "h = x[:, :, 0] -> h = x[:, :, -1]"): ONE_COLUMN,
            (
                "SequenceConvNet.convolution",
                "self.layer(1, x, self.kernel1, self.bias1) -> self.layer(1, x.detach(), self.kernel1, self.bias1)",
            ): DATA,
            ("SequenceConvNet.perceptron", "x @ self.w1 -> x.detach() @ self.w1"): DATA,
        },
    ),
    **_all_of(
        "static_tf/basics/logistic_regression.py",
        {
            ("LogisticRegression.forward", "tf.sigmoid(z) -> tf.sigmoid(tf.stop_gradient(z))"): UNUSED,
        },
    ),
    **_all_of(
        "dynamic_torch/basics/logistic_regression.py",
        {
            ("LogisticRegression.forward", "torch.sigmoid(z) -> torch.sigmoid(z.detach())"): UNUSED,
        },
    ),
    **_all_of(
        "static_tf/convolutional/batch_norm_net.py",
        {
            (
                "BatchNorm.updates",
                "[self.moving_mean.assign_sub((1 - self.decay) * (self.moving_mean - mean)), "
                "self.moving_variance.assign_sub((1 - self.decay) * (self.moving_variance - unbiased))] -> "
                "[self.moving_variance.assign_sub((1 - self.decay) * (self.moving_variance - unbiased)), "
                "self.moving_mean.assign_sub((1 - self.decay) * (self.moving_mean - mean))]",
            ): "neither operation reads what the other writes, and a graph runs them in any order",
            (
                "BatchNormNet.block",
                "tf.nn.conv2d(x, kernel, strides=1, padding='SAME') -> tf.nn.conv2d(x, kernel, padding='SAME')",
            ): DEFAULT,
            (
                "BatchNormNet.block",
                "tf.nn.max_pool2d(tf.nn.relu(n), 2, 2, 'VALID') -> tf.nn.max_pool2d(tf.nn.relu(n), 2, 2, 'SAME')",
            ): "images of 8x8 and 4x4 are even: there is nothing to pad",
        },
    ),
    **_all_of(
        "dynamic_torch/convolutional/batch_norm_net.py",
        {
            (
                "BatchNormNet.block",
                "F.conv2d(x, kernel, stride=1, padding='same') -> F.conv2d(x, kernel, padding='same')",
            ): DEFAULT,
            (
                "BatchNormNet.regularizer",
                "(self.kernel1, self.kernel2, self.w) -> (self.kernel2, self.kernel1, self.w)",
            ): ADDENDS,
            (
                "BatchNormNet.regularizer",
                "(self.kernel1, self.kernel2, self.w) -> (self.kernel1, self.w, self.kernel2)",
            ): ADDENDS,
        },
    ),
}
