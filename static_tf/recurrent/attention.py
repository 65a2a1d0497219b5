"""An encoder and a decoder with attention: dates as people write them, rewritten as 1998-05-03, character by character.

    f_j = GRU(x_j, f_{j-1}),   b_j = GRU(x_j, b_{j+1}),   h_j = (f_j, b_j)      encoder: annotation of each character
    s_0 = tanh(b_1 start)                                                       decoder: state before it writes
    a_t, context_t = attention(s_{t-1}, h)                                      see parts/additive_attention.py
    s_t = GRU((vector of the character before, context_t), s_{t-1})
    logits_t = s_t w + b,   loss = - mean log softmax(logits_t)[y_t]

Without attention one vector would have to hold all that was read. With it each step looks up what it needs, and the
weights a_tj, the alignment, show where. The character before is the true one y_{t-1} in training (teacher forcing:
Williams & Zipser 1989), and in inference the model's own, the one with the largest logit (greedy decoding).

Bahdanau, Cho & Bengio 2015, with one layer after s_t in place of three. The graph goes through time in one of two ways:
unrolled, every step its own operations; or as a while_loop, one step's operations, run again and again.

Twin: dynamic_torch/recurrent/attention.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts.additive_attention import AdditiveAttention
from static_tf.parts.cells import GRUCell
from static_tf.parts.embedding import look_up


class Attention(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.read = tf.get_variable("read", (config.characters, config.embedding), dtype)
        self.forwards = GRUCell("forwards", config.embedding, config.hidden, config.loop, dtype)
        self.backwards = GRUCell("backwards", config.embedding, config.hidden, config.loop, dtype)
        self.start = tf.get_variable("start", (config.hidden, config.state), dtype)
        self.attention = AdditiveAttention("attention", config.state, 2 * config.hidden, config.alignment, dtype)
        self.written = tf.get_variable("written", (config.digits + 1, config.written), dtype)
        self.decoder = GRUCell("decoder", config.written + 2 * config.hidden, config.state, config.loop, dtype)
        self.w = tf.get_variable("w", (config.state, config.digits), dtype)
        self.b = tf.get_variable("b", (config.digits,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: numbers of the characters that are read (N, T), padded after the end; lengths: how many (N,)
    # y: numbers of the characters to be written (N, U); in inference nothing reads them
    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(tf.int64, (None, self.config.length), "x"),
            "lengths": tf.placeholder(tf.int64, (None,), "lengths"),
            "y": tf.placeholder(tf.int64, (None, 10), "y"),
        }

    # 2 How X connects to Y
    def forward(self, x, lengths, y):  # tensors, built once
        inside = tf.sequence_mask(lengths, self.config.length)  # (N, T)
        x = self.tap("x", look_up(self.read, x))  # (N, T, E)
        z_f = self.tap("z_f", self.forwards.input_term(x))  # (N, T, 3H)
        z_b = self.tap("z_b", self.backwards.input_term(x))  # (N, T, 3H)
        f = self.tap("f", self.forwards.through_time(z_f, lengths))  # (N, T, H)
        b = self.tap("b", self.backwards.through_time(z_b, lengths, reverse=True))  # (N, T, H)
        h = self.tap("h", tf.concat([f, b], axis=2))  # (N, T, 2H)
        keys = self.tap("keys", self.attention.keys(h))  # (N, T, A)
        s = self.tap("s0", tf.tanh(b[:, 0] @ self.start))  # (N, D)
        first = tf.ones_like(lengths) * self.config.digits  # (N,): a number that no written character has
        a, s, logits = self.decode(first, s, (h, keys, inside), y)
        self.tap("attention", a)  # (N, U, T)
        self.tap("s", s)  # (N, U, D)
        return self.tap("logits", logits)  # (N, U, 11)

    def decode(self, character, s, memory, y):
        """Attention (N, U, T), states (N, U, D) and logits (N, U, 11) of all steps."""
        # TWIN: the graph contains the loop, or is built by it; in eager code it runs at every step
        if self.config.loop == "while_loop":
            return self.decode_in_while_loop(character, s, memory, y)
        steps = []
        for y_t in tf.unstack(y, axis=1):
            a, s, logits = self.write(character, s, memory)
            steps.append((a, s, logits))
            character = self.following(logits, y_t)
        return [tf.stack(each, axis=1) for each in zip(*steps)]

    def decode_in_while_loop(self, character, s, memory, y):
        """The same by tf.while_loop: one copy of the step, and a tensor as the condition."""
        ys, count = tf.transpose(y), y.shape[1]
        collected = [tf.TensorArray(s.dtype, count) for _ in range(3)]

        def step(t, character, s, collected):
            a, s, logits = self.write(character, s, memory)
            collected = [array.write(t, value) for array, value in zip(collected, (a, s, logits))]
            return t + 1, self.following(logits, ys[t]), s, collected

        *_, collected = tf.while_loop(lambda t, *_: t < count, step, (0, character, s, collected))
        return [tf.transpose(array.stack(), (1, 0, 2)) for array in collected]

    def write(self, character, s, memory):
        """One step: attention, state and logits, from the character and the state before."""
        a, context = self.attention(s, *memory)  # (N, T), (N, 2H)
        z = tf.concat([look_up(self.written, character), context], axis=1)  # (N, W + 2H)
        (s,) = self.decoder(self.decoder.input_term(z), s)  # (N, D)
        return a, s, s @ self.w + self.b

    def following(self, logits, y_t):
        """What the next step takes for the character before: the true one in training, in inference the model's own."""
        # TWIN: in a graph the mode is a tensor, which selects one of two results; in PyTorch it is a flag of the module
        return tf.where(self.training, y_t, tf.argmax(logits, axis=1))  # (N,)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))

    # 4 What it costs to be complicated: nothing
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
