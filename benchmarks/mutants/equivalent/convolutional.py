"""Equivalent mutants of chapter convolutional, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import BOTH_NEGATED, BOTH_WAYS, DATA, NO_GRADIENT, ONE_CHANNEL, ONE_HOT, SUM

NO_ARGUMENTS = "no caller passes an argument by its position"
KERNELS = "(self.kernel1, self.kernel2, self.w)"

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/convolutional/batch_norm_net.py": {
        ("BatchNormNet.regularizer", f"{KERNELS} -> (self.kernel2, self.kernel1, self.w)"): SUM,
        ("BatchNormNet.regularizer", f"{KERNELS} -> (self.kernel1, self.w, self.kernel2)"): SUM,
    },
    "dynamic_torch/convolutional/batch_norm_net.py": {
        ("BatchNormNet.regularizer", f"{KERNELS} -> (self.kernel2, self.kernel1, self.w)"): SUM,
        ("BatchNormNet.regularizer", f"{KERNELS} -> (self.kernel1, self.w, self.kernel2)"): SUM,
    },
    "static_tf/convolutional/sequence_conv_net.py": {
        (
            "Convolutions.__call__",
            "self.layer(1, x, self.kernel1, self.bias1) -> "
            "self.layer(1, tf.stop_gradient(x), self.kernel1, self.bias1)",
        ): DATA,
        ("Perceptron.__call__", "x @ self.w1 -> tf.stop_gradient(x) @ self.w1"): DATA,
    },
    "dynamic_torch/convolutional/sequence_conv_net.py": {
        ("SequenceConvNet.named_parameters", "*settings -> *settings[1:]"): NO_ARGUMENTS,
        ("SequenceConvNet.named_parameters", "*settings -> *settings[:-1]"): NO_ARGUMENTS,
        (
            "Convolutions.forward",
            "self.layer(1, x, self.kernel1, self.bias1) -> self.layer(1, x.detach(), self.kernel1, self.bias1)",
        ): DATA,
    },
    "static_tf/convolutional/convolution_matrix.py": {
        ("ConvolutionMatrix.forward", "self.tap('x', x) -> self.tap('x', tf.stop_gradient(x))"): DATA,
        (
            "ConvolutionMatrix.forward",
            "[product, self.flat(convolution)] -> [self.flat(convolution), product]",
        ): BOTH_WAYS,
        (
            "ConvolutionMatrix.shifts",
            "tf.stack([unit[a:size - steps + 1 + a] for a in range(steps)]) -> -tf.stack([unit[a:size - steps + "
            "1 + a] for a in range(steps)])",
        ): BOTH_NEGATED,
        (
            "ConvolutionMatrix.flat",
            "layouts: tf.reshape(image, (-1, image.shape[1] * image.shape[2])) -> tf.reshape(tf.transpose(image, "
            "(0, 3, 1, 2)), (-1, image.shape[1] * image.shape[2]))",
        ): ONE_CHANNEL,
    },
    "dynamic_torch/convolutional/convolution_matrix.py": {
        (
            "ConvolutionMatrix.forward",
            "[product, self.flat(convolution)] -> [self.flat(convolution), product]",
        ): BOTH_WAYS,
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
    },
    "dynamic_torch/convolutional/capsule_net.py": {
        (
            "CapsuleNet.route",
            "torch.zeros_like -> torch.ones_like",
        ): "the same number added to all that a softmax weighs changes nothing",
        ("CapsuleNet.route", "self.iteration(1, b, u_hat) -> self.iteration(1, b.detach(), u_hat)"): NO_GRADIENT,
        ("CapsuleNet.loss", "self.reconstruction(v, t) -> self.reconstruction(v, t.detach())"): ONE_HOT,
        ("CapsuleNet.loss", "self.margin_loss(v, t) -> self.margin_loss(v, t.detach())"): ONE_HOT,
    },
    "dynamic_torch/convolutional/residual_net.py": {
        ("Block.convolution", "-1 -> -2"): "kernels are as high as they are wide",
    },
}
