"""Connected digits: a net that writes down what is spoken, of which it never was told where each digit lies.

    s = log-mel spectrogram of x,    image = s - mean(s)               see parts/spectrogram.py; mean: of a row
    features = maxima of ReLU(kernel * image + bias),                  of each window of `pool` frames and 2 bands
    f_t = GRU(features_t, f_{t-1}),   b_t = GRU(features_t, b_{t+1})   see parts/cells.py
    logits_t = (f_t, b_t) w + b,   p_t = softmax(logits_t)             ten digits, and a blank: no digit begins here
    loss = mean of - log of the probability of y, summed over all alignments of y with p: see parts/ctc_loss.py

At each step the net names a digit or the blank. Repeated names are merged, then blanks dropped: "-11-1--7" is 1 1 7.
All alignments that spell the text are right, so the net is free to choose when to name a digit. Rows end at different
times; what stands after a row's end changes nothing. Graves et al. 2006, "Connectionist temporal classification".

Twin: dynamic_torch/speech/ctc.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts.cells import GRUCell
from static_tf.parts.ctc_loss import CTC
from static_tf.parts.spectrogram import Spectrogram


class ConnectedDigits(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch
    layouts = {}

    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.spectrogram = Spectrogram(config)
        self.kernel = tf.get_variable("kernel", (5, 5, 1, config.channels), dtype)
        self.bias = tf.get_variable("bias", (config.channels,), dtype)
        self.forwards = GRUCell("forwards", config.features, config.hidden, config.loop, dtype)
        self.backwards = GRUCell("backwards", config.features, config.hidden, config.loop, dtype)
        self.w = tf.get_variable("w", (2 * config.hidden, 11), dtype)
        self.b = tf.get_variable("b", (11,), dtype)
        self.ctc = CTC(config.loop)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: waves (N, S), anything after the end; lengths: samples of each (N,)
    # y: the digits that are spoken (N, L), filled up with 0; digits: how many of each row (N,)
    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(self.dtype, (None, self.config.samples), "x"),
            "lengths": tf.placeholder(tf.int64, (None,), "lengths"),
            "y": tf.placeholder(tf.int64, (None, self.config.longest), "y"),
            "digits": tf.placeholder(tf.int64, (None,), "digits"),
        }

    # 2 How X connects to Y
    def forward(self, x, lengths):  # tensors, built once
        s = self.tap("s", self.spectrogram(x))  # (N, T, M)
        image = self.tap("image", self.inside(s, self.config.frames(lengths))[..., tf.newaxis])  # (N, T, M, 1)
        z = tf.nn.bias_add(tf.nn.conv2d(image, self.kernel, strides=1, padding="SAME"), self.bias)
        z = self.tap("z", z)  # (N, T, M, C)
        # Windows lie one after the other from the first frame on, so a row's own hold nothing from after its end
        maxima = tf.nn.max_pool2d(tf.nn.relu(z), (self.config.pool, 2), (self.config.pool, 2), "VALID")
        # TWIN: in the order of bands, channels on both sides, as the next matrix is laid out
        features = tf.reshape(maxima, (-1, maxima.shape[1], self.config.features))
        features = self.tap("features", features)  # (N, T/pool, M/2 C)
        z_f, z_b = self.forwards.input_term(features), self.backwards.input_term(features)  # (N, T/pool, 3H)
        steps = self.config.steps(lengths)  # (N,)
        f = self.tap("f", self.forwards.through_time(z_f, steps))  # (N, T/pool, H)
        b = self.tap("b", self.backwards.through_time(z_b, steps, reverse=True))  # (N, T/pool, H)
        return self.tap("logits", tf.concat([f, b], axis=2) @ self.w + self.b)  # (N, T/pool, 11)

    def inside(self, s, frames):
        """The spectrogram less the mean over a row's frames, and zeros after its end, as the convolution pads it."""
        mask = tf.sequence_mask(frames, s.shape[1], s.dtype)[..., tf.newaxis]  # (N, T, 1)
        count = tf.cast(frames * s.shape[2], s.dtype)  # (N,)
        mean = tf.reduce_sum(s * mask, axis=(1, 2)) / count  # (N,)
        return (s - mean[:, tf.newaxis, tf.newaxis]) * mask

    # 3 What it costs to be wrong
    def loss(self, logits, lengths, y, digits):
        return tf.reduce_mean(self.ctc(logits, self.config.steps(lengths), y, digits))

    # 4 What it costs to be complicated: nothing
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
