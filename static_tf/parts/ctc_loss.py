"""Connectionist temporal classification: the probability of a text, summed over all of its alignments with the frames.

    path = blank, label_1, blank, label_2, ..., blank             S = 2 L + 1 symbols; p_t(s): of symbol s at frame t
    alpha_0 = p_0 of the first two symbols, 0 elsewhere
    alpha_t(s) = p_t(s) (alpha_{t-1}(s) + alpha_{t-1}(s - 1) + alpha_{t-1}(s - 2))
        the last term only if path_s is neither blank nor path_{s-2}
    loss = - log (alpha_T(S - 1) + alpha_T(S - 2))

An alignment is a symbol for each frame; repeated symbols are merged, then blanks dropped. Graves et al. 2006, equations
5 to 8, with the logarithms of all probabilities. The blank is the last class.

Twin: dynamic_torch/parts/ctc_loss.py
"""

import tensorflow.compat.v1 as tf


class CTC:
    """The loss of each example. `loop` says how the graph goes through the frames: "unrolled" or "while_loop"."""

    def __init__(self, loop):
        self.loop = loop

    def __call__(self, logits, frames, labels, lengths):
        """(N,) from logits (N, T, C), the numbers of frames (N,), labels (N, L), padded, and their numbers (N,)."""
        # TWIN: written out, because TensorFlow's kernel adds probabilities in float32 whatever it is given: a float64
        # loss is off by 1e-8. PyTorch's kernel has them in float64
        path, skips = self.path(labels, logits.shape[2] - 1)
        alpha = self.through_frames(self.emitted(logits, path), frames, skips)
        ends = tf.stack([2 * lengths - 1, 2 * lengths], axis=1)  # (N, 2): the last label, and the blank after it
        return -tf.reduce_logsumexp(tf.gather(alpha, ends, axis=1, batch_dims=1), axis=1)

    def through_frames(self, emitted, frames, skips):
        """log alpha of each row's last frame, (N, S)."""

        def step(t, alpha, emitted_t):
            return tf.where(t < frames, self.advance(alpha, emitted_t, skips), alpha)  # rows that go on

        alpha = self.begin(emitted[0])
        if self.loop == "while_loop":  # one copy of the step
            first, steps = tf.constant(1, frames.dtype), emitted.shape[0]
            _, alpha = tf.while_loop(
                lambda t, _: t < steps, lambda t, alpha: (t + 1, step(t, alpha, emitted[t])), (first, alpha)
            )
        else:  # T - 1 copies
            for t, emitted_t in enumerate(tf.unstack(emitted[1:]), 1):
                alpha = step(t, alpha, emitted_t)
        return alpha

    def path(self, labels, blank):
        """The symbols with blanks in between (N, S), and where a blank may be skipped."""
        blanks = tf.fill(tf.shape(labels), tf.cast(blank, labels.dtype))
        pairs = tf.reshape(tf.stack([blanks, labels], axis=2), (-1, 2 * labels.shape[1]))
        path = tf.concat([pairs, blanks[:, :1]], axis=1)  # (N, S)
        other = tf.not_equal(path[:, 2:], path[:, :-2]) & tf.not_equal(path[:, 2:], blank)
        return path, tf.pad(other, [(0, 0), (2, 0)])

    def emitted(self, logits, path):
        """log p_t(s) of every frame, (T, N, S)."""
        chosen = tf.gather(
            tf.nn.log_softmax(logits), tf.tile(path[:, tf.newaxis], (1, logits.shape[1], 1)), batch_dims=2
        )
        return tf.transpose(chosen, (1, 0, 2))

    def begin(self, emitted):
        """log alpha_0."""
        return tf.concat([emitted[:, :2], self.never(emitted[:, 2:])], axis=1)

    def advance(self, alpha, emitted, skips):
        """log alpha_t from log alpha_{t-1}."""
        never = self.never(alpha)
        step = tf.concat([never[:, :1], alpha[:, :-1]], axis=1)
        skip = tf.where(skips, tf.concat([never[:, :2], alpha[:, :-2]], axis=1), never)
        return tf.reduce_logsumexp(tf.stack([alpha, step, skip]), axis=0) + emitted

    def never(self, like):
        """Logarithms of 0, which have a gradient."""
        return tf.fill(tf.shape(like), tf.constant(-1e9, like.dtype))
