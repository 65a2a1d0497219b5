"""A convolutional net that hears digits: it looks at the spectrogram of a word as at an image of time and frequency.

    s = log-mel spectrogram of x,    image = s - mean(s)               see parts/spectrogram.py; mean: of a clip
    h = the maximum of each 2x2 of ReLU(kernel * h + bias)             three such layers
    logits = (mean of h over time) w + b,    loss = - mean log softmax(logits)[y]

A sound is a pattern in time and frequency, at whatever time it is spoken: so the last maps are averaged over time, but
not over frequency, where it does matter at which height a pattern lies. Twice as loud adds the same number to all of s,
and the mean takes it away. Abdel-Hamid et al. 2014, "Convolutional neural networks for speech recognition".

Twin: dynamic_torch/speech/spectrogram_conv_net.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts.spectrogram import Spectrogram


class SpectrogramConvNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    layouts = {}

    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        c1, c2, c3 = config.channels1, config.channels2, config.channels3
        self.spectrogram = Spectrogram(config)
        self.kernel1 = tf.get_variable("kernel1", (3, 3, 1, c1), dtype)
        self.bias1 = tf.get_variable("bias1", (c1,), dtype)
        self.kernel2 = tf.get_variable("kernel2", (3, 3, c1, c2), dtype)
        self.bias2 = tf.get_variable("bias2", (c2,), dtype)
        self.kernel3 = tf.get_variable("kernel3", (3, 3, c2, c3), dtype)
        self.bias3 = tf.get_variable("bias3", (c3,), dtype)
        self.w = tf.get_variable("w", (config.pooled, 10), dtype)
        self.b = tf.get_variable("b", (10,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: clips (N, S); y: the digits that are spoken (N,)
    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(self.dtype, (None, self.config.samples), "x"),
            "y": tf.placeholder(tf.int64, (None,), "y"),
        }

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        s = self.tap("s", self.spectrogram(x))  # (N, T, M)
        image = (s - tf.reduce_mean(s, axis=(1, 2), keepdims=True))[..., tf.newaxis]
        image = self.tap("image", image)  # (N, T, M, 1)
        h1 = self.tap("h1", self.layer(1, image, self.kernel1, self.bias1))  # (N, T/2, M/2, C1)
        h2 = self.tap("h2", self.layer(2, h1, self.kernel2, self.bias2))  # (N, T/4, M/4, C2)
        h3 = self.tap("h3", self.layer(3, h2, self.kernel3, self.bias3))  # (N, T/8, M/8, C3)
        # TWIN: flat in the order of bands, channels on both sides, as the next matrix is laid out
        pooled = tf.reshape(tf.reduce_mean(h3, axis=1), (-1, self.config.pooled))
        pooled = self.tap("pooled", pooled)  # (N, M/8 C3)
        return self.tap("logits", pooled @ self.w + self.b)  # (N, 10)

    def layer(self, i, x, kernel, bias):
        """Convolution, ReLU, and the maximum of each 2x2."""
        z = tf.nn.bias_add(tf.nn.conv2d(x, kernel, strides=1, padding="SAME"), bias)
        z = self.tap(f"z{i}", z)
        return tf.nn.max_pool2d(tf.nn.relu(z), 2, 2, "VALID")

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))

    # 4 What it costs to be complicated: nothing, because every view of a clip is a new one
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
