"""Mutants that compute the same function: why no test of the values could tell each from the original.

By file, method, and what is changed, as the campaign prints it. An entry that no longer is a mutant, or that is noticed
after all, fails the campaign.
"""

Key = tuple[str, str, str]

ADDENDS = "the same numbers are added in another order: that is rounding"
BOTH_WAIT = "the loss and the gradients each wait for every look at a variable: either alone is enough to wait for"
ONE_COLUMN = "there is one column: the first is the last"
ONE_CHANNEL = "there is one channel: first or last, the pixels are in the same order"
ALL_ZERO = "c and h begin as the same zeros"
NO_GRADIENT = "zeros that nothing has computed: no gradient is wanted there"
PROMOTED = "PyTorch takes a truth value for 0 or 1, and an integer for a float, where it meets a float"
DEFAULT = "what is left out is the default"
TRUE = "it is only asked whether it is true, or more than nothing: twice as much is too"
DATA = "what comes in here is data, or units that are held: nothing learns from a gradient there"
HELD = "the units that a chain samples are held, so no gradient comes back through them"
INTEGER = "sizes, steps and indices are integers: they have no gradient"
SAME_DEVICE = "on the CPU, where this runs, the default is the same device"
BOTH_NEGATED = "a matrix of shifts down meets one of shifts across, and minus times minus is plus"
BOTH_WAYS = "product and convolution are the same numbers: that is what the model shows"
ONE_HOT = "labels, 0 or 1: they have no gradient"
AXES = "a sum over axes in another order: that is rounding"
MADE_ANEW = "made again before it has a value; the first is forgotten"
ANY_ORDER = "no time round reads what another has left"
EVEN = "images of 8x8 and 4x4 are even: there is nothing to pad"
ONE_PLACE = "a kernel of 1x1 looks at one place: there is nothing to pad"
OFFSET = "the last parameter is an offset: it has one axis, so it is neither laid out otherwise nor decayed"
BESIDE = "the running averages are moved beside the step: no gradient comes back from there"
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


def _deep() -> dict[Key, str]:
    """Settings that are true or false; and gradients that end before they come to a parameter."""
    found: dict[Key, str] = {}
    for tree, detached in (("static_tf", "tf.stop_gradient({})"), ("dynamic_torch", "{}.detach()")):
        flags = {"autoencoder": ("Autoencoder", "tied", "decoder"), "rbm": ("RBM", "persistent", "loss")}
        for name, (kind, flag, method) in flags.items():
            path = f"{tree}/deep/{name}.py"
            found[path, f"{kind}.__init__", f"config.{flag} -> 2 * config.{flag}"] = TRUE
            found[path, f"{kind}.{method}", f"self.config.{flag} -> 2 * self.config.{flag}"] = TRUE
        found[f"{tree}/deep/rbm.py", "RBM.chain", "self.config.means -> 2 * self.config.means"] = TRUE
        ends = (
            ("autoencoder", "Autoencoder.encoder", "{} @ self.w1", "x", DATA),
            ("rbm", "RBM.free_energy", "{} @ self.w", "v", DATA),
            ("rbm", "RBM.free_energy", "{} * self.a", "v", DATA),
            ("rbm", "RBM.loss", "self.free_energy({})", "v", DATA),
            ("rbm", "RBM.loss", "self.chain({}, u_h, u_v)", "v", DATA),
            ("rbm", "RBM.hidden", "{} @ self.w", "v", HELD),
            ("rbm", "RBM.hidden", "{}", "self.w", HELD),
            ("rbm", "RBM.hidden", "{}", "self.b", HELD),
            ("rbm", "RBM.visible", "{}", "self.a", HELD),
            ("rbm", "RBM.chain", "self.hidden({})", "v", HELD),
            ("rbm", "RBM.chain", "self.sample({}, u_h[:, t])", "p_h", HELD),
            ("rbm", "RBM.chain", "self.visible({})", "h", HELD),
            ("rbm", "RBM.chain", "self.sample({}, u_v[:, t])", "p_v", HELD),
        )
        for name, method, around, part, reason in ends:
            before, after = around.format(part), around.format(detached.format(part))
            found[f"{tree}/deep/{name}.py", method, f"{before} -> {after}"] = reason
    return found


EQUIVALENT: dict[Key, str] = {
    **_deep(),
    **_basics(),
    **_all_of(
        "static_tf/optimizers.py",
        {
            **{("Descent.minimize", f"[loss, *gradients] -> {left}"): BOTH_WAIT for left in ("[loss]", "[*gradients]")},
            ("RMSProp.starts", "self.settings.centered -> 2 * self.settings.centered"): TRUE,
        },
    ),
    **_all_of(
        "dynamic_torch/optimizers.py",
        {
            ("Descent.reset", "self.parameters.values() -> list(self.parameters.values())[::-1]"): ANY_ORDER,
            (
                "Descent.reset",
                "torch.zeros(()) -> torch.ones(())",
            ): "PyTorch's own count: Adam sets it before it is read, and no other optimizer reads it",
            ("RMSProp.starts", "self.settings.centered -> 2 * self.settings.centered"): TRUE,
            ("RMSProp.move", "self.settings.centered -> 2 * self.settings.centered"): TRUE,
            ("RMSProp.move", "self.parameters.values() -> list(self.parameters.values())[::-1]"): ANY_ORDER,
            (
                "Adam.move",
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
            ): SAME_DEVICE,
        },
    ),
    **_all_of(
        "static_tf/deep/rbm.py",
        {
            (
                "RBM.loss",
                "tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, self.chains[:rows].assign(v)) -> "
                "tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, self.chains[:rows].assign(v)); "
                "tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, self.chains[:rows].assign(v))",
            ): "the second time it sets what is there already",
        },
    ),
    **_all_of(
        "dynamic_torch/deep/rbm.py",
        {
            ("RBM.visible", "h @ self.w.T -> h.detach() @ self.w.T"): HELD,
            ("RBM.loss", "self.chains[:rows].clone() -> self.chains[:rows]"): "the chains move after they were read",
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
        "static_tf/convolutional/convolution_matrix.py",
        {
            (
                "ConvolutionMatrix.forward",
                "[product, self.flat(convolution)] -> [self.flat(convolution), product]",
            ): BOTH_WAYS,
            (
                "ConvolutionMatrix.shifts",
                "tf.stack([unit[a:size - steps + 1 + a] for a in range(steps)]) -> "
                "-tf.stack([unit[a:size - steps + 1 + a] for a in range(steps)])",
            ): BOTH_NEGATED,
            ("ConvolutionMatrix.shifts", "size - steps -> tf.stop_gradient(size) - steps"): INTEGER,
            ("ConvolutionMatrix.shifts", "size - steps -> size - tf.stop_gradient(steps)"): INTEGER,
            (
                "ConvolutionMatrix.shifts",
                "size - steps + 1 + a -> size - steps + 1 + tf.stop_gradient(a)",
            ): INTEGER,
            (
                "ConvolutionMatrix.flat",
                "layouts: tf.reshape(image, (-1, image.shape[1] * image.shape[2])) -> "
                "tf.reshape(tf.transpose(image, (0, 3, 1, 2)), (-1, image.shape[1] * image.shape[2]))",
            ): ONE_CHANNEL,
        },
    ),
    **_all_of(
        "dynamic_torch/convolutional/convolution_matrix.py",
        {
            (
                "ConvolutionMatrix.forward",
                "F.conv2d(x, kernel, padding='valid') -> F.conv2d(x, kernel)",
            ): DEFAULT,
            (
                "ConvolutionMatrix.forward",
                "[product, self.flat(convolution)] -> [self.flat(convolution), product]",
            ): BOTH_WAYS,
            (
                "ConvolutionMatrix.shifts",
                "torch.eye(size, dtype=self.kernel.dtype, device=self.kernel.device) -> "
                "torch.eye(size, dtype=self.kernel.dtype)",
            ): SAME_DEVICE,
            (
                "ConvolutionMatrix.shifts",
                "torch.stack([unit[a:size - steps + 1 + a] for a in range(steps)]) -> "
                "-torch.stack([unit[a:size - steps + 1 + a] for a in range(steps)])",
            ): BOTH_NEGATED,
        },
    ),
    **_all_of(
        "static_tf/convolutional/capsule_net.py",
        {
            (
                "CapsuleNet.route",
                "self.iteration(1, b, u_hat) -> self.iteration(1, tf.stop_gradient(b), u_hat)",
            ): NO_GRADIENT,
            ("CapsuleNet.loss", "(1, 2, 3) -> (2, 1, 3)"): AXES,
            ("CapsuleNet.loss", "(1, 2, 3) -> (1, 3, 2)"): AXES,
            ("CapsuleNet.loss", "self.reconstruction(v, t) -> self.reconstruction(v, tf.stop_gradient(t))"): ONE_HOT,
            ("CapsuleNet.loss", "self.margin_loss(v, t) -> self.margin_loss(v, tf.stop_gradient(t))"): ONE_HOT,
            (
                "CapsuleNet.margin_loss",
                "t * tf.square(tf.nn.relu(c.present - lengths)) -> "
                "tf.stop_gradient(t) * tf.square(tf.nn.relu(c.present - lengths))",
            ): ONE_HOT,
            ("CapsuleNet.margin_loss", "1 - t -> 1 - tf.stop_gradient(t)"): ONE_HOT,
        },
    ),
    **_all_of(
        "dynamic_torch/convolutional/capsule_net.py",
        {
            (
                "CapsuleNet.forward",
                "F.conv2d(rearrange(x, self.images), self.kernel1, self.bias1, padding='valid') -> "
                "F.conv2d(rearrange(x, self.images), self.kernel1, self.bias1)",
            ): DEFAULT,
            (
                "CapsuleNet.forward",
                "F.conv2d(h, self.kernel2, self.bias2, stride=2, padding='valid') -> "
                "F.conv2d(h, self.kernel2, self.bias2, stride=2)",
            ): DEFAULT,
            (
                "CapsuleNet.route",
                "torch.zeros_like -> torch.ones_like",
            ): "the same number added to all that a softmax weighs changes nothing",
            ("CapsuleNet.route", "self.iteration(1, b, u_hat) -> self.iteration(1, b.detach(), u_hat)"): NO_GRADIENT,
            ("CapsuleNet.loss", "(1, 2, 3) -> (2, 1, 3)"): AXES,
            ("CapsuleNet.loss", "(1, 2, 3) -> (1, 3, 2)"): AXES,
            ("CapsuleNet.loss", "self.reconstruction(v, t) -> self.reconstruction(v, t.detach())"): ONE_HOT,
            ("CapsuleNet.loss", "self.margin_loss(v, t) -> self.margin_loss(v, t.detach())"): ONE_HOT,
            (
                "CapsuleNet.margin_loss",
                "t * torch.square(F.relu(c.present - lengths)) -> "
                "t.detach() * torch.square(F.relu(c.present - lengths))",
            ): ONE_HOT,
            ("CapsuleNet.margin_loss", "1 - t -> 1 - t.detach()"): ONE_HOT,
        },
    ),
    **_all_of(
        "static_tf/convolutional/batch_norm_net.py",
        {
            **{
                ("BatchNorm.__call__", f"self.updates(z, mean, variance) -> self.updates({detached})"): BESIDE
                for detached in (
                    "tf.stop_gradient(z), mean, variance",
                    "z, tf.stop_gradient(mean), variance",
                    "z, mean, tf.stop_gradient(variance)",
                )
            },
            (
                "BatchNorm.updates",
                "tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, move) -> "
                "tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, move); "
                "tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, move)",
            ): "an operation runs once a step, however often it is asked for",
            (
                "BatchNorm.updates",
                "((self.moving_mean, mean), (self.moving_variance, unbiased)) -> "
                "((self.moving_variance, unbiased), (self.moving_mean, mean))",
            ): "neither operation reads what the other writes, and a graph runs them in any order",
            (
                "BatchNormNet.block",
                "tf.nn.conv2d(x, kernel, strides=1, padding='SAME') -> tf.nn.conv2d(x, kernel, padding='SAME')",
            ): DEFAULT,
            (
                "BatchNormNet.block",
                "tf.nn.max_pool2d(tf.nn.relu(n), 2, 2, 'VALID') -> tf.nn.max_pool2d(tf.nn.relu(n), 2, 2, 'SAME')",
            ): EVEN,
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
    **_all_of(
        "static_tf/deep/deep_net.py",
        {
            ("DeepNet.__init__", "config.batch_norm -> 2 * config.batch_norm"): TRUE,
            ("DeepNet.inputs", "self.config.dropout -> 2 * self.config.dropout"): TRUE,
            (
                "DeepNet.inputs",
                "self.config.dropout -> self.config.rate",
            ): "more than nothing in every variant: then there is a placeholder that nothing reads",
            (
                "DeepNet.forward",
                "layouts: tf.reshape(x, (-1, self.config.inputs)) -> "
                "tf.reshape(tf.transpose(x, (0, 3, 1, 2)), (-1, self.config.inputs))",
            ): ONE_CHANNEL,
            ("DeepNet.forward", "self.config.dropout -> 2 * self.config.dropout"): TRUE,
            ("DeepNet.layer", "self.config.batch_norm -> 2 * self.config.batch_norm"): TRUE,
            ("DeepNet.regularizer", "config.l1 -> 2 * config.l1"): TRUE,
            ("DeepNet.regularizer", "config.l2 -> 2 * config.l2"): TRUE,
            ("DeepNet.regularizer", "config.sparseness -> 2 * config.sparseness"): TRUE,
            ("DeepNet.forward", "i - 1 -> tf.stop_gradient(i) - 1"): INTEGER,
            ("DeepNet.activation", "i - 1 -> tf.stop_gradient(i) - 1"): INTEGER,
        },
    ),
    **_all_of(
        "dynamic_torch/deep/deep_net.py",
        {
            ("DeepNet.__init__", "config.batch_norm -> 2 * config.batch_norm"): TRUE,
            ("DeepNet.forward", "self.config.dropout -> 2 * self.config.dropout"): TRUE,
            ("DeepNet.layer", "self.config.batch_norm -> 2 * self.config.batch_norm"): TRUE,
            ("DeepNet.regularizer", "config.l1 -> 2 * config.l1"): TRUE,
            ("DeepNet.regularizer", "config.l2 -> 2 * config.l2"): TRUE,
            ("DeepNet.regularizer", "config.sparseness -> 2 * config.sparseness"): TRUE,
            (
                "DeepNet.__init__",
                "setattr(self, name, nn.Parameter(torch.empty(shape))) -> "
                "setattr(self, name, nn.Parameter(torch.empty(shape))); "
                "setattr(self, name, nn.Parameter(torch.empty(shape)))",
            ): MADE_ANEW,
            (
                "DeepNet.__init__",
                "setattr(self, f'norm{i}', BatchNorm(columns, config.decay, config.epsilon)) -> "
                "setattr(self, f'norm{i}', BatchNorm(columns, config.decay, config.epsilon)); "
                "setattr(self, f'norm{i}', BatchNorm(columns, config.decay, config.epsilon))",
            ): MADE_ANEW,
        },
    ),
    **_all_of(
        "static_tf/convolutional/conv_net.py",
        {
            (
                "ConvNet.layer",
                "tf.nn.conv2d(x, kernel, strides=1, padding='SAME') -> tf.nn.conv2d(x, kernel, padding='SAME')",
            ): DEFAULT,
            (
                "ConvNet.layer",
                "tf.nn.max_pool2d(tf.nn.relu(z), 2, 2, 'VALID') -> tf.nn.max_pool2d(tf.nn.relu(z), 2, 2, 'SAME')",
            ): EVEN,
            ("ConvNet.regularizer", "self.parameters() -> list(self.parameters())[:-1]"): OFFSET,
        },
    ),
    **_all_of(
        "dynamic_torch/convolutional/conv_net.py",
        {
            (
                "ConvNet.layer",
                "F.conv2d(x, kernel, bias, stride=1, padding='same') -> F.conv2d(x, kernel, bias, padding='same')",
            ): DEFAULT,
            ("ConvNet.regularizer", "self.parameters() -> list(self.parameters())[:-1]"): OFFSET,
        },
    ),
    **_all_of(
        "static_tf/convolutional/residual_net.py",
        {
            (
                "ResidualNet.forward",
                "tf.nn.conv2d(x, self.kernel, strides=1, padding='SAME') -> "
                "tf.nn.conv2d(x, self.kernel, padding='SAME')",
            ): DEFAULT,
            ("ResidualNet.forward", "(1, 2) -> (2, 1)"): AXES,
            ("ResidualNet.regularizer", "self.parameters() -> list(self.parameters())[:-1]"): OFFSET,
        },
    ),
    **_all_of(
        "dynamic_torch/convolutional/residual_net.py",
        {
            ("Block.convolution", "-1 -> -2"): "kernels are as high as they are wide",
            (
                "Block.convolution",
                "max(kernel.shape[-1] - stride, 0) -> max(0, kernel.shape[-1] - stride)",
            ): "the larger of two is the same either way",
            (
                "ResidualNet.forward",
                "F.conv2d(rearrange(x, self.images), self.kernel, stride=1, padding='same') -> "
                "F.conv2d(rearrange(x, self.images), self.kernel, padding='same')",
            ): DEFAULT,
            ("ResidualNet.forward", "(2, 3) -> (3, 2)"): AXES,
            (
                "ResidualNet.__init__",
                "self.canonical_parameters().items() -> list(self.canonical_parameters().items())[:-1]",
            ): OFFSET,
            ("ResidualNet.regularizer", "self.parameters() -> list(self.parameters())[:-1]"): OFFSET,
        },
    ),
    **_all_of(
        "static_tf/convolutional/highway_net.py",
        {
            (
                "Highway.__call__",
                "tf.nn.conv2d(x, self.kernel, strides=1, padding='SAME') -> "
                "tf.nn.conv2d(x, self.kernel, padding='SAME')",
            ): DEFAULT,
            (
                "HighwayNet.forward",
                "tf.nn.conv2d(x, self.kernel, strides=1, padding='SAME') -> "
                "tf.nn.conv2d(x, self.kernel, padding='SAME')",
            ): DEFAULT,
            (
                "HighwayNet.forward",
                "tf.nn.max_pool2d(h0, 2, 2, 'VALID') -> tf.nn.max_pool2d(h0, 2, 2, 'SAME')",
            ): EVEN,
            (
                "HighwayNet.forward",
                "tf.nn.max_pool2d(h1, 2, 2, 'VALID') -> tf.nn.max_pool2d(h1, 2, 2, 'SAME')",
            ): EVEN,
            ("HighwayNet.regularizer", "self.parameters() -> list(self.parameters())[:-1]"): OFFSET,
        },
    ),
    **_all_of(
        "dynamic_torch/convolutional/highway_net.py",
        {
            (
                "Highway.forward",
                "F.conv2d(x, self.kernel, self.bias, stride=1, padding='same') -> "
                "F.conv2d(x, self.kernel, self.bias, padding='same')",
            ): DEFAULT,
            (
                "HighwayNet.forward",
                "F.conv2d(rearrange(x, self.images), self.kernel, self.bias, stride=1, padding='same') -> "
                "F.conv2d(rearrange(x, self.images), self.kernel, self.bias, padding='same')",
            ): DEFAULT,
            (
                "HighwayNet.__init__",
                "self.canonical_parameters().items() -> list(self.canonical_parameters().items())[:-1]",
            ): OFFSET,
            ("HighwayNet.regularizer", "self.parameters() -> list(self.parameters())[:-1]"): OFFSET,
        },
    ),
    **_all_of(
        "static_tf/convolutional/dense_net.py",
        {
            (
                "Layer.__call__",
                "tf.nn.conv2d(h, self.kernel, strides=1, padding='SAME') -> "
                "tf.nn.conv2d(h, self.kernel, padding='SAME')",
            ): DEFAULT,
            (
                "Transition.__call__",
                "tf.nn.conv2d(h, self.kernel, strides=1, padding='SAME') -> "
                "tf.nn.conv2d(h, self.kernel, padding='SAME')",
            ): DEFAULT,
            (
                "Transition.__call__",
                "tf.nn.conv2d(h, self.kernel, strides=1, padding='SAME') -> "
                "tf.nn.conv2d(h, self.kernel, strides=1, padding='VALID')",
            ): ONE_PLACE,
            (
                "Transition.__call__",
                "tf.nn.avg_pool2d(narrowed, 2, 2, 'VALID') -> tf.nn.avg_pool2d(narrowed, 2, 2, 'SAME')",
            ): EVEN,
            (
                "DenseNet.forward",
                "tf.nn.conv2d(x, self.kernel, strides=1, padding='SAME') -> "
                "tf.nn.conv2d(x, self.kernel, padding='SAME')",
            ): DEFAULT,
            ("DenseNet.forward", "(1, 2) -> (2, 1)"): AXES,
            ("DenseNet.regularizer", "self.parameters() -> list(self.parameters())[:-1]"): OFFSET,
        },
    ),
    **_all_of(
        "dynamic_torch/convolutional/dense_net.py",
        {
            (
                "Layer.forward",
                "F.conv2d(h, self.kernel, stride=1, padding='same') -> F.conv2d(h, self.kernel, padding='same')",
            ): DEFAULT,
            (
                "Transition.forward",
                "F.conv2d(h, self.kernel, stride=1, padding='same') -> F.conv2d(h, self.kernel, padding='same')",
            ): DEFAULT,
            (
                "Transition.forward",
                "F.conv2d(h, self.kernel, stride=1, padding='same') -> F.conv2d(h, self.kernel, stride=1)",
            ): ONE_PLACE,
            (
                "Transition.forward",
                "F.conv2d(h, self.kernel, stride=1, padding='same') -> "
                "F.conv2d(h, self.kernel, stride=1, padding='valid')",
            ): ONE_PLACE,
            (
                "DenseNet.forward",
                "F.conv2d(x, self.kernel, stride=1, padding='same') -> F.conv2d(x, self.kernel, padding='same')",
            ): DEFAULT,
            ("DenseNet.forward", "(2, 3) -> (3, 2)"): AXES,
            (
                "DenseNet.__init__",
                "self.canonical_parameters().items() -> list(self.canonical_parameters().items())[:-1]",
            ): OFFSET,
            ("DenseNet.regularizer", "self.parameters() -> list(self.parameters())[:-1]"): OFFSET,
        },
    ),
}
