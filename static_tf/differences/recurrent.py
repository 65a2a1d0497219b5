"""Recurrent nets, attention, sequences: the known differences, each as a small TF1 graph.

Twin: dynamic_torch/differences/recurrent.py
"""

import tensorflow.compat.v1 as tf

from static_tf.differences.probe import probe, slope


@probe
def lstm_gates(x, kernel, bias):
    c = h = tf.zeros((x.shape[0], bias.shape[0] // 4), x.dtype)
    outputs = []
    for x_t in tf.unstack(x, axis=1):
        i, j, f, o = tf.split(tf.concat([x_t, h], 1) @ kernel + bias, 4, 1)
        c = tf.sigmoid(f + 1) * c + tf.sigmoid(i) * tf.tanh(j)
        h = tf.sigmoid(o) * tf.tanh(c)
        outputs.append(h)
    return {"h": tf.stack(outputs, 1), "c": c}


@probe
def block_lstm(x, kernel, bias, aligned):
    n, hidden = x.shape[0], bias.shape[0] // 4
    if aligned:
        c = h = tf.zeros((n, hidden), x.dtype)
        for x_t in tf.unstack(x, axis=1):
            i, f, g, o = tf.split(tf.concat([x_t, h], 1) @ kernel + bias, 4, 1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            h = tf.sigmoid(o) * tf.tanh(c)
        return {"gradients": slope(h, bias)}
    zeros, peephole = tf.zeros((n, hidden)), tf.zeros((hidden,))
    single = {"x": tf.transpose(x, (1, 0, 2)), "w": kernel, "b": bias}
    single = {name: tf.cast(value, tf.float32) for name, value in single.items()}
    steps = tf.raw_ops.BlockLSTMV2(
        seq_len_max=tf.constant(x.shape[1], tf.int64),
        cs_prev=zeros,
        h_prev=zeros,
        wci=peephole,
        wcf=peephole,
        wco=peephole,
        **single,
    )
    return {"gradients": slope(steps.h[-1], bias)}


@probe
def gru_reset(x, kernel, recurrent_kernel, bias):
    h = tf.zeros((x.shape[0], bias.shape[0] // 3), x.dtype)
    gates, candidate = tf.split(recurrent_kernel, [2 * h.shape[1], h.shape[1]], 1)
    outputs = []
    for x_t in tf.unstack(x, axis=1):
        x_r, x_u, x_c = tf.split(x_t @ kernel + bias, 3, 1)
        h_r, h_u = tf.split(h @ gates, 2, 1)
        r, u = tf.sigmoid(x_r + h_r), tf.sigmoid(x_u + h_u)
        c = tf.tanh(x_c + (r * h) @ candidate)
        h = u * h + (1 - u) * c
        outputs.append(h)
    return {"the library's layer": tf.stack(outputs, 1), "written out": tf.stack(outputs, 1)}


class TanhCell:
    """The cell that tf.nn.dynamic_rnn runs over time: h = tanh(x w + h u)."""

    def __init__(self, w, u):
        self.w, self.u = w, u
        self.output_size = self.state_size = u.shape[0]

    def zero_state(self, batch, dtype):
        return tf.zeros((batch, self.state_size), dtype)

    def __call__(self, x, h, scope=None):
        h = tf.tanh(x @ self.w + h @ self.u)
        return h, h


@probe
def sequence_lengths(x, lengths, w, u):
    outputs, state = tf.nn.dynamic_rnn(TanhCell(w, u), x, lengths, dtype=x.dtype)
    unmasked, _ = tf.nn.dynamic_rnn(TanhCell(w, u), x, dtype=x.dtype)
    return {"outputs": outputs, "state": state, "batch first": unmasked}


def exact_ctc(logits, labels, lengths):
    """CTC's losses (Graves et al. 2006, equations 5 to 8) in float64, where TF1's kernel still adds in float32."""
    blank, (n, size) = logits.shape[2] - 1, labels.shape
    symbols = tf.stack([tf.fill((n, size), blank), tf.where(labels < 0, tf.fill((n, size), blank), labels)], 2)
    path = tf.concat([tf.reshape(symbols, (n, 2 * size)), tf.fill((n, 1), blank)], 1)  # blank, label, blank, ...
    emitted = tf.einsum("tnc,nsc->tns", tf.nn.log_softmax(logits), tf.one_hot(path, blank + 1, dtype=logits.dtype))
    never = tf.fill((n, 2 * size + 1), tf.constant(-1e9, logits.dtype))  # a logarithm of 0 with a gradient
    skips = tf.concat([tf.fill((n, 2), False), tf.not_equal(path[:, 2:], path[:, :-2])], 1)
    alpha = tf.concat([emitted[0, :, :2], never[:, 2:]], 1)
    for t in range(1, logits.shape[0]):
        step = tf.concat([never[:, :1], alpha[:, :-1]], 1)
        skip = tf.where(skips, tf.concat([never[:, :2], alpha[:, :-2]], 1), never)
        moved = tf.reduce_logsumexp(tf.stack([alpha, step, skip]), 0) + emitted[t]
        alpha = tf.where(t < lengths, moved, alpha)
    last = 2 * tf.math.count_nonzero(labels >= 0, 1, keepdims=True)
    return -tf.reduce_logsumexp(tf.gather(alpha, tf.concat([last - 1, last], 1), batch_dims=1), 1)


@probe
def ctc(logits, labels, lengths, aligned):
    given = tf.where(labels >= 0)
    sparse = tf.SparseTensor(given, tf.gather_nd(labels, given), labels.shape)
    loss = exact_ctc(logits, labels, lengths) if aligned else tf.nn.ctc_loss(sparse, logits, lengths)
    short = tf.minimum(lengths, 2)  # an error, unless it is asked for
    return {
        "losses": loss,
        "gradients": slope(loss, logits),
        "mean": tf.reduce_mean(loss),
        "too short": tf.nn.ctc_loss(sparse, logits, short, ignore_longer_outputs_than_inputs=True),
    }


@probe
def attention_mask(scores, keep):
    def attention(mask):
        return tf.nn.softmax(scores - 1e9 * (1 - mask))

    return {"a masked word": attention(keep), "a masked sentence": attention(0 * keep)}


@probe
def stft(x):
    frames = tf.signal.stft(x, 16, 8)
    return {
        "first frame": frames[0],
        "number of frames": frames.shape[0],
        "window": tf.signal.hann_window(16, dtype=tf.float64),
    }
