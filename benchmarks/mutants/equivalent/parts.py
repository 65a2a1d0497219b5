"""Equivalent mutants of the parts, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import (
    ALL_ZERO,
    BOTH_LOOPS,
    DATA,
    INTEGER,
    NEVER_EQUAL,
    NO_GRADIENT,
    PROMOTED,
    SUM,
    UNUSED,
)

SHAPE = "of this step only the shape is read, and all steps have the same"
COUNT = "a number of steps, which has no gradient"
TRUTH = "truth values, which have no gradient"
WHOLE = "labels and lengths are whole numbers, which have no gradient"
DRAWN = "a slope that is drawn: nothing learns from a gradient there"
STFT = "tf.signal.stft(x, self.frame, self.hop, fft_length=self.frame"
HANN, WHOLE_FRAMES = ", window_fn=tf.signal.hann_window", ", pad_end=False"
UNCLIPPED = "nothing is clipped unless the limit is above 0"
ONE_LAYER = "dropout lies between layers, and there is one"
FILTERS = "the matrix of the bands is a constant, which has no gradient"

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/parts/activations.py": {
        (
            "build",
            "{'sigmoid': Sigmoid(), 'tanh': Tanh(), 'relu': ReLU(), 'leaky_relu': LeakyReLU(config.negative_slope"
            "), 'parametric_relu': ParametricReLU(), 'randomised_relu': RandomisedReLU(), 'maxout': Maxout(config"
            ".pieces)}"
            " -> "
            "{'sigmoid': Sigmoid(), 'tanh': Tanh(), 'relu': ReLU(), 'leaky_relu': LeakyReLU(config.negative_slope"
            "), 'parametric_relu': RandomisedReLU(), 'randomised_relu': ParametricReLU(), 'maxout': Maxout(config"
            ".pieces)}",
        ): "both compute the same: they differ in whether a is learned or drawn, which the batch and the state say",
        ("RandomisedReLU.__call__", "a * z -> tf.stop_gradient(a) * z"): DRAWN,
        ("Maxout.__call__", "self.pieces -> tf.stop_gradient(self.pieces)"): "a count, which has no gradient",
    },
    "dynamic_torch/parts/activations.py": {
        ("RandomisedReLU.__call__", "a * z -> a.detach() * z"): DRAWN,
    },
    "static_tf/parts/normalization.py": {
        (
            "BatchNorm.update_averages",
            "((self.moving_mean, mean), (self.moving_variance, unbiased)) -> ((self.moving_variance, unbiased), "
            "(self.moving_mean, mean))",
        ): "neither operation reads what the other writes, and a graph runs them in any order",
    },
    "static_tf/parts/ctc_loss.py": {
        (
            "CTC.__call__",
            "[2 * lengths - 1, 2 * lengths] -> [2 * lengths - 1, 2 * tf.stop_gradient(lengths)]",
        ): WHOLE,
        ("CTC.__call__", "2 * lengths - 1 -> 2 * tf.stop_gradient(lengths) - 1"): WHOLE,
        (
            "CTC.__call__",
            "self.path(labels, logits.shape[2] - 1) -> self.path(tf.stop_gradient(labels), logits.shape[2] - 1)",
        ): WHOLE,
        ("CTC.__call__", "self.emitted(logits, path) -> self.emitted(logits, tf.stop_gradient(path))"): WHOLE,
        (
            "CTC.__call__",
            "self.through_frames(self.emitted(logits, path), frames, skips) -> "
            "self.through_frames(self.emitted(logits, path), tf.stop_gradient(frames), skips)",
        ): WHOLE,
        (
            "CTC.__call__",
            "self.through_frames(self.emitted(logits, path), frames, skips) -> "
            "self.through_frames(self.emitted(logits, path), frames, tf.stop_gradient(skips))",
        ): TRUTH,
        ("CTC.__call__", "[2 * lengths - 1, 2 * lengths] -> [2 * lengths, 2 * lengths - 1]"): SUM,
        (
            "CTC.__call__",
            "tf.gather(alpha, ends, axis=1, batch_dims=1) -> tf.gather(alpha, ends, batch_dims=1)",
        ): "the axis after those of the batch is the default",
        (
            "CTC.through_frames",
            "self.advance(alpha, emitted_t, skips) -> self.advance(alpha, emitted_t, tf.stop_gradient(skips))",
        ): TRUTH,
        ("CTC.through_frames", "self.loop == 'while_loop' -> self.loop != 'while_loop'"): BOTH_LOOPS,
        ("CTC.path", ":1 -> :2"): "a second blank at the end, of which the loss does not read the probability",
        (
            "CTC.path",
            "tf.not_equal(path[:, 2:], path[:, :-2]) & tf.not_equal(path[:, 2:], blank) -> "
            "tf.not_equal(path[:, 2:], path[:, :-2])",
        ): "every second symbol is a blank, so a blank equals the symbol two before it",
        (
            "CTC.path",
            "tf.not_equal(path[:, 2:], path[:, :-2]) -> tf.not_equal(path[:, :-2], path[:, 2:])",
        ): "whichever is named first, they are equal or not",
        ("CTC.advance", "self.never(alpha) -> self.never(tf.stop_gradient(alpha))"): "of alpha only the shape is read",
        ("CTC.advance", "tf.stack([alpha, step, skip]) -> [alpha, step, skip]"): "TensorFlow stacks a list by itself",
        ("CTC.advance", "[alpha, step, skip] -> [step, alpha, skip]"): SUM,
        ("CTC.advance", "[alpha, step, skip] -> [alpha, skip, step]"): SUM,
        ("CTC.never", "-1000000000.0 -> -1010000000.0"): "its exponential is 0 all the same",
    },
    "dynamic_torch/parts/ctc_loss.py": {
        (
            "CTC.forward",
            "F.log_softmax(logits, dim=2).transpose(0, 1) -> F.log_softmax(logits, dim=2).transpose(1, 0)",
        ): "two axes change places, whichever is named first",
    },
    "static_tf/parts/painting.py": {
        ("Painter.__call__", "self.height -> tf.stop_gradient(self.height)"): INTEGER,
        ("Painter.__call__", "self.width -> tf.stop_gradient(self.width)"): INTEGER,
        (
            "Painter.__call__",
            "uniforms[:, p] < tf.sigmoid(logits[:, p]) -> uniforms[:, p] <= tf.sigmoid(logits[:, p])",
        ): NEVER_EQUAL,
        (
            "Painter.__call__",
            "image + ink[:, tf.newaxis] * tf.one_hot(p, pixels, dtype=image.dtype) -> "
            "tf.stop_gradient(image) + ink[:, tf.newaxis] * tf.one_hot(p, pixels, dtype=image.dtype)",
        ): UNUSED,
    },
    "dynamic_torch/parts/painting.py": {
        (
            "Painter.forward",
            "(u < torch.sigmoid(logits[:, p])).to(image.dtype) -> u < torch.sigmoid(logits[:, p])",
        ): PROMOTED,
        (
            "Painter.forward",
            "u < torch.sigmoid(logits[:, p]) -> u <= torch.sigmoid(logits[:, p])",
        ): NEVER_EQUAL,
        (
            "Painter.forward",
            "image + ink[:, None] * F.one_hot(torch.tensor(p), pixels).to(image) -> "
            "image.detach() + ink[:, None] * F.one_hot(torch.tensor(p), pixels).to(image)",
        ): UNUSED,
    },
    "static_tf/parts/embedding.py": {
        (
            "look_up",
            "tf.reshape(table, table.shape) -> table",
        ): "the models' Adam is ours, and clipping by a norm too makes a sparse gradient dense by itself",
    },
    "static_tf/parts/reading.py": {
        (
            "Sentences.pooled",
            "total / tf.cast(lengths, self.dtype)[:, tf.newaxis] * dropout_mask -> "
            "total / tf.cast(lengths, self.dtype)[:, tf.newaxis] * tf.stop_gradient(dropout_mask)",
        ): DATA,
    },
    "dynamic_torch/parts/reading.py": {
        (
            "Sentences.pooled",
            "(torch.arange(self.config.length, device=h.device) < lengths[:, None]).to(h.dtype) -> "
            "torch.arange(self.config.length, device=h.device) < lengths[:, None]",
        ): PROMOTED,
        ("Sentences.pooled", "lengths.to(h.dtype) -> lengths"): PROMOTED,
        (
            "Sentences.pooled",
            "total / lengths.to(h.dtype)[:, None] * dropout_mask -> "
            "total / lengths.to(h.dtype)[:, None] * dropout_mask.detach()",
        ): DATA,
    },
    "static_tf/parts/fused.py": {
        (
            "FusedLSTM.read",
            "tf.zeros((self.hidden,), x.dtype) -> tf.ones((self.hidden,), x.dtype)",
        ): "weights of peepholes, which this LSTM does not have",
        ("FusedLSTM.read", "-1 -> -2"): UNCLIPPED,
        ("FusedLSTM.read", "-1 -> -0"): UNCLIPPED,
        (
            "FusedLSTM.read",
            "tf.raw_ops.BlockLSTM(seq_len_max=length, x=x, cs_prev=c, h_prev=h, w=w, b=b, **fixed) -> "
            "tf.raw_ops.BlockLSTM(**fixed, seq_len_max=length, x=x, cs_prev=h, h_prev=c, w=w, b=b)",
        ): ALL_ZERO,
    },
    "dynamic_torch/parts/fused.py": {
        (
            "FusedLSTM.read",
            "(self.bias, torch.zeros_like(self.bias)) -> (torch.zeros_like(self.bias), self.bias)",
        ): "the kernel adds both biases",
        ("FusedLSTM.read", "self.bias -> self.bias.detach()"): NO_GRADIENT,
        ("FusedLSTM.read", "(h[None], c[None]) -> (c[None], h[None])"): ALL_ZERO,
        (
            "FusedLSTM.read",
            "torch.lstm(x, (h[None], c[None]), (*w, *b), True, 1, 0.0, self.training, False, True) -> "
            "torch.lstm(x, (h[None], c[None]), (*w, *b), True, 1, 0.01, self.training, False, True)",
        ): ONE_LAYER,
        ("FusedLSTM.read", "self.training -> not self.training"): ONE_LAYER,
        (
            "FusedGRU.read",
            "torch.gru(x, h[None], (*w, *b), True, 1, 0.0, self.training, False, True) -> "
            "torch.gru(x, h[None], (*w, *b), True, 1, 0.01, self.training, False, True)",
        ): ONE_LAYER,
        ("FusedGRU.read", "self.training -> not self.training"): ONE_LAYER,
    },
    "static_tf/parts/spectrogram.py": {
        (
            "Spectrogram.__call__",
            f"{STFT}{HANN}{WHOLE_FRAMES}) -> {STFT}{WHOLE_FRAMES})",
        ): "Hann's window is TensorFlow's default",
        (
            "Spectrogram.__call__",
            f"{STFT}{HANN}{WHOLE_FRAMES}) -> {STFT}{HANN})",
        ): "no filling up is TensorFlow's default",
        (
            "Spectrogram.__call__",
            "power @ mel -> tf.stop_gradient(power) @ mel",
        ): "no model has a parameter before the spectrogram; a test of the part compares the gradients at the samples",
        ("Spectrogram.__call__", "power @ mel -> power @ tf.stop_gradient(mel)"): FILTERS,
    },
    "dynamic_torch/parts/spectrogram.py": {
        (
            "Spectrogram.forward",
            "power.transpose(1, 2) -> power.transpose(2, 1)",
        ): "two axes change places, whichever is named first",
        (
            "Spectrogram.forward",
            "power.transpose(1, 2) @ mel -> power.transpose(1, 2) @ mel.detach()",
        ): FILTERS,
    },
    "static_tf/parts/cells.py": {
        ("Cell.through_time", "self.loop == 'while_loop' -> self.loop != 'while_loop'"): BOTH_LOOPS,
        ("Cell.through_time", "steps[0] -> steps[1]"): SHAPE,
        (
            "Cell.through_time",
            "self.held(t, self(z_t, *state), state, lengths) -> "
            "self.held(tf.stop_gradient(t), self(z_t, *state), state, lengths)",
        ): COUNT,
        ("Cell.through_while_loop", "steps - 1 -> tf.stop_gradient(steps) - 1"): COUNT,
        ("Cell.through_while_loop", "steps - 1 - count -> steps - 1 - tf.stop_gradient(count)"): COUNT,
        (
            "Cell.through_while_loop",
            "self.held(t, self(zs.read(t), *state), state, lengths) -> "
            "self.held(tf.stop_gradient(t), self(zs.read(t), *state), state, lengths)",
        ): COUNT,
        ("Cell.through_while_loop", "count + 1 -> tf.stop_gradient(count) + 1"): COUNT,
        ("Cell.through_while_loop", "(:, 0) -> (:, 1)"): SHAPE,
    },
    "dynamic_torch/parts/cells.py": {
        ("Cell.through_time", "steps[0] -> steps[1]"): SHAPE,
    },
}
