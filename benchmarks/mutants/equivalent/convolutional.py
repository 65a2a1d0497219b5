"""Equivalent mutants of chapter convolutional, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import (
    ADDENDS,
    AXES,
    BESIDE,
    BOTH_NEGATED,
    BOTH_WAYS,
    DATA,
    DEFAULT,
    EVEN,
    INTEGER,
    NO_GRADIENT,
    OFFSET,
    ONE_CHANNEL,
    ONE_COLUMN,
    ONE_HOT,
    ONE_PLACE,
    SAME_DEVICE,
)

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/convolutional/sequence_conv_net.py": {
        ("SequenceConvNet.forward", "self.perceptron(x[:, :, 0]) -> self.perceptron(x[:, :, -1])"): ONE_COLUMN,
        ("SequenceConvNet.forward", "h = x[:, :, 0] -> h = x[:, :, -1]"): ONE_COLUMN,
        (
            "SequenceConvNet.convolution",
            "self.layer(1, x, self.kernel1, self.bias1) -> self.layer(1, tf.stop_gradient(x), self.kernel1, "
            "self.bias1)",
        ): DATA,
        ("SequenceConvNet.perceptron", "x @ self.w1 -> tf.stop_gradient(x) @ self.w1"): DATA,
    },
    "dynamic_torch/convolutional/sequence_conv_net.py": {
        ("SequenceConvNet.forward", "self.perceptron(x[:, :, 0]) -> self.perceptron(x[:, :, -1])"): ONE_COLUMN,
        ("SequenceConvNet.forward", "h = x[:, :, 0] -> h = x[:, :, -1]"): ONE_COLUMN,
        (
            "SequenceConvNet.convolution",
            "self.layer(1, x, self.kernel1, self.bias1) -> self.layer(1, x.detach(), self.kernel1, self.bias1)",
        ): DATA,
        ("SequenceConvNet.perceptron", "x @ self.w1 -> x.detach() @ self.w1"): DATA,
    },
    "static_tf/convolutional/convolution_matrix.py": {
        (
            "ConvolutionMatrix.forward",
            "[product, self.flat(convolution)] -> [self.flat(convolution), product]",
        ): BOTH_WAYS,
        (
            "ConvolutionMatrix.shifts",
            "tf.stack([unit[a:size - steps + 1 + a] for a in range(steps)]) -> -tf.stack([unit[a:size - steps + "
            "1 + a] for a in range(steps)])",
        ): BOTH_NEGATED,
        ("ConvolutionMatrix.shifts", "size - steps -> tf.stop_gradient(size) - steps"): INTEGER,
        ("ConvolutionMatrix.shifts", "size - steps -> size - tf.stop_gradient(steps)"): INTEGER,
        ("ConvolutionMatrix.shifts", "size - steps + 1 + a -> size - steps + 1 + tf.stop_gradient(a)"): INTEGER,
        (
            "ConvolutionMatrix.flat",
            "layouts: tf.reshape(image, (-1, image.shape[1] * image.shape[2])) -> tf.reshape(tf.transpose(image, "
            "(0, 3, 1, 2)), (-1, image.shape[1] * image.shape[2]))",
        ): ONE_CHANNEL,
    },
    "dynamic_torch/convolutional/convolution_matrix.py": {
        ("ConvolutionMatrix.forward", "F.conv2d(x, kernel, padding='valid') -> F.conv2d(x, kernel)"): DEFAULT,
        (
            "ConvolutionMatrix.forward",
            "[product, self.flat(convolution)] -> [self.flat(convolution), product]",
        ): BOTH_WAYS,
        (
            "ConvolutionMatrix.shifts",
            "torch.eye(size, dtype=self.kernel.dtype, device=self.kernel.device) -> torch.eye(size, "
            "dtype=self.kernel.dtype)",
        ): SAME_DEVICE,
        (
            "ConvolutionMatrix.shifts",
            "torch.stack([unit[a:size - steps + 1 + a] for a in range(steps)]) -> -torch.stack([unit[a:size - "
            "steps + 1 + a] for a in range(steps)])",
        ): BOTH_NEGATED,
    },
    "static_tf/convolutional/capsule_net.py": {
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
            "t * tf.square(tf.nn.relu(c.present - lengths)) -> tf.stop_gradient(t) * "
            "tf.square(tf.nn.relu(c.present - lengths))",
        ): ONE_HOT,
        ("CapsuleNet.margin_loss", "1 - t -> 1 - tf.stop_gradient(t)"): ONE_HOT,
    },
    "dynamic_torch/convolutional/capsule_net.py": {
        (
            "CapsuleNet.forward",
            "F.conv2d(rearrange(x, self.images), self.kernel1, self.bias1, padding='valid') -> "
            "F.conv2d(rearrange(x, self.images), self.kernel1, self.bias1)",
        ): DEFAULT,
        (
            "CapsuleNet.forward",
            "F.conv2d(h, self.kernel2, self.bias2, stride=2, padding='valid') -> F.conv2d(h, self.kernel2, "
            "self.bias2, stride=2)",
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
            "t * torch.square(F.relu(c.present - lengths)) -> t.detach() * torch.square(F.relu(c.present - lengths))",
        ): ONE_HOT,
        ("CapsuleNet.margin_loss", "1 - t -> 1 - t.detach()"): ONE_HOT,
    },
    "static_tf/convolutional/batch_norm_net.py": {
        (
            "BatchNorm.__call__",
            "self.updates(z, mean, variance) -> self.updates(tf.stop_gradient(z), mean, variance)",
        ): BESIDE,
        (
            "BatchNorm.__call__",
            "self.updates(z, mean, variance) -> self.updates(z, tf.stop_gradient(mean), variance)",
        ): BESIDE,
        (
            "BatchNorm.__call__",
            "self.updates(z, mean, variance) -> self.updates(z, mean, tf.stop_gradient(variance))",
        ): BESIDE,
        (
            "BatchNorm.updates",
            "tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, move) -> "
            "tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, move); tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, move)",
        ): "an operation runs once a step, however often it is asked for",
        (
            "BatchNorm.updates",
            "((self.moving_mean, mean), (self.moving_variance, unbiased)) -> ((self.moving_variance, unbiased), "
            "(self.moving_mean, mean))",
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
    "dynamic_torch/convolutional/batch_norm_net.py": {
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
    "static_tf/convolutional/conv_net.py": {
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
    "dynamic_torch/convolutional/conv_net.py": {
        (
            "ConvNet.layer",
            "F.conv2d(x, kernel, bias, stride=1, padding='same') -> F.conv2d(x, kernel, bias, padding='same')",
        ): DEFAULT,
        ("ConvNet.regularizer", "self.parameters() -> list(self.parameters())[:-1]"): OFFSET,
    },
    "static_tf/convolutional/residual_net.py": {
        (
            "ResidualNet.forward",
            "tf.nn.conv2d(x, self.kernel, strides=1, padding='SAME') -> tf.nn.conv2d(x, self.kernel, padding='SAME')",
        ): DEFAULT,
        ("ResidualNet.forward", "(1, 2) -> (2, 1)"): AXES,
        ("ResidualNet.regularizer", "self.parameters() -> list(self.parameters())[:-1]"): OFFSET,
    },
    "dynamic_torch/convolutional/residual_net.py": {
        ("Block.convolution", "-1 -> -2"): "kernels are as high as they are wide",
        (
            "Block.convolution",
            "max(kernel.shape[-1] - stride, 0) -> max(0, kernel.shape[-1] - stride)",
        ): "the larger of two is the same either way",
        (
            "ResidualNet.forward",
            "F.conv2d(rearrange(x, self.images), self.kernel, stride=1, padding='same') -> F.conv2d(rearrange(x, "
            "self.images), self.kernel, padding='same')",
        ): DEFAULT,
        ("ResidualNet.forward", "(2, 3) -> (3, 2)"): AXES,
        (
            "ResidualNet.__init__",
            "self.canonical_parameters().items() -> list(self.canonical_parameters().items())[:-1]",
        ): OFFSET,
        ("ResidualNet.regularizer", "self.parameters() -> list(self.parameters())[:-1]"): OFFSET,
    },
    "static_tf/convolutional/highway_net.py": {
        (
            "Highway.__call__",
            "tf.nn.conv2d(x, self.kernel, strides=1, padding='SAME') -> tf.nn.conv2d(x, self.kernel, padding='SAME')",
        ): DEFAULT,
        (
            "HighwayNet.forward",
            "tf.nn.conv2d(x, self.kernel, strides=1, padding='SAME') -> tf.nn.conv2d(x, self.kernel, padding='SAME')",
        ): DEFAULT,
        ("HighwayNet.forward", "tf.nn.max_pool2d(h0, 2, 2, 'VALID') -> tf.nn.max_pool2d(h0, 2, 2, 'SAME')"): EVEN,
        ("HighwayNet.forward", "tf.nn.max_pool2d(h1, 2, 2, 'VALID') -> tf.nn.max_pool2d(h1, 2, 2, 'SAME')"): EVEN,
        ("HighwayNet.regularizer", "self.parameters() -> list(self.parameters())[:-1]"): OFFSET,
    },
    "dynamic_torch/convolutional/highway_net.py": {
        (
            "Highway.forward",
            "F.conv2d(x, self.kernel, self.bias, stride=1, padding='same') -> F.conv2d(x, self.kernel, "
            "self.bias, padding='same')",
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
    "static_tf/convolutional/dense_net.py": {
        (
            "Layer.__call__",
            "tf.nn.conv2d(h, self.kernel, strides=1, padding='SAME') -> tf.nn.conv2d(h, self.kernel, padding='SAME')",
        ): DEFAULT,
        (
            "Transition.__call__",
            "tf.nn.conv2d(h, self.kernel, strides=1, padding='SAME') -> tf.nn.conv2d(h, self.kernel, padding='SAME')",
        ): DEFAULT,
        (
            "Transition.__call__",
            "tf.nn.conv2d(h, self.kernel, strides=1, padding='SAME') -> tf.nn.conv2d(h, self.kernel, strides=1, "
            "padding='VALID')",
        ): ONE_PLACE,
        (
            "Transition.__call__",
            "tf.nn.avg_pool2d(narrowed, 2, 2, 'VALID') -> tf.nn.avg_pool2d(narrowed, 2, 2, 'SAME')",
        ): EVEN,
        (
            "DenseNet.forward",
            "tf.nn.conv2d(x, self.kernel, strides=1, padding='SAME') -> tf.nn.conv2d(x, self.kernel, padding='SAME')",
        ): DEFAULT,
        ("DenseNet.forward", "(1, 2) -> (2, 1)"): AXES,
        ("DenseNet.regularizer", "self.parameters() -> list(self.parameters())[:-1]"): OFFSET,
    },
    "dynamic_torch/convolutional/dense_net.py": {
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
            "F.conv2d(h, self.kernel, stride=1, padding='same') -> F.conv2d(h, self.kernel, stride=1, padding='valid')",
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
}
