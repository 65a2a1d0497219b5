"""A recurrent net that hears digits: a convolution over the spectrogram, then a GRU that reads it frame by frame.

    s = log-mel spectrogram of x,    image = s - mean(s)               see parts/spectrogram.py; mean: of a clip
    features = the maximum of each 2x2 of ReLU(kernel * image + bias),    those of all bands at a time in a row
    h_t = GRU(features_t, h_{t-1})                                     see parts/cells.py
    logits = (mean of h over time) w + b,    loss = - mean log softmax(logits)[y]

The convolution finds edges: where a sound begins, where a resonance rises. The GRU follows them in their order, which a
mean over time would lose. GRU: Cho et al. 2014; convolution, then recurrence, for speech: Sainath et al. 2015.

Twin: dynamic_torch/speech/spectrogram_recurrent_net.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts.cells import GRUCell
from static_tf.parts.spectrogram import Spectrogram


class SpectrogramRecurrentNet(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    layouts = {}

    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.spectrogram = Spectrogram(config)
        self.kernel = tf.get_variable("kernel", (3, 3, 1, config.channels), dtype)
        self.bias = tf.get_variable("bias", (config.channels,), dtype)
        self.cell = GRUCell("cell", config.features, config.hidden, config.loop, dtype)
        self.w = tf.get_variable("w", (config.hidden, 10), dtype)
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
        z = tf.nn.bias_add(tf.nn.conv2d(image, self.kernel, strides=1, padding="SAME"), self.bias)
        z = self.tap("z", z)  # (N, T, M, C)
        maxima = tf.nn.max_pool2d(tf.nn.relu(z), 2, 2, "VALID")  # (N, T/2, M/2, C)
        # TWIN: in the order of bands, channels on both sides, as the next matrix is laid out
        features = tf.reshape(maxima, (-1, self.config.frames // 2, self.config.features))
        features = self.tap("features", features)  # (N, T/2, M/2 C)
        h = self.tap("h", self.cell.through_time(self.cell.input_term(features)))  # (N, T/2, H)
        pooled = self.tap("pooled", tf.reduce_mean(h, axis=1))  # (N, H)
        return self.tap("logits", pooled @ self.w + self.b)  # (N, 10)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))

    # 4 What it costs to be complicated: nothing, because every view of a clip is a new one
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
