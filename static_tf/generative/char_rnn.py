"""A recurrent network that writes: it reads characters, and says of each how likely it is to follow.

    h_t = GRU(vector of x_t, h_{t-1})          logits_t = h_t w + b          p(x_{t+1} | x_1 .. x_t) = softmax(logits_t)
    loss = mean of - log p of the characters that followed

    to write: draw from softmax(logits / temperature), read what was drawn, and so on

Sutskever et al. 2011; Graves 2013. A character is drawn by one uniform number u: it is the first whose cumulative
probability exceeds u. So the same numbers write the same verse.

Twin: dynamic_torch/generative/char_rnn.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts.cells import GRUCell
from static_tf.parts.embedding import look_up


class CharRNN(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.embedding = tf.get_variable("embedding", (config.characters, config.embedding), dtype)
        self.cell = GRUCell("cell", config.embedding, config.hidden, config.loop, dtype)
        self.w = tf.get_variable("w", (config.hidden, config.characters), dtype)
        self.b = tf.get_variable("b", (config.characters,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: numbers of the characters that are read (N, T); y: of those that follow (N, T)
    # uniforms: one for each character that is drawn (N, S); temperature: of the drawing (N,)
    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(tf.int64, (None, self.config.length), "x"),
            "y": tf.placeholder(tf.int64, (None, self.config.length), "y"),
            "uniforms": tf.placeholder(self.dtype, (None, None), "uniforms"),
            "temperature": tf.placeholder(self.dtype, (None,), "temperature"),
        }

    # 2 How X connects to Y
    def forward(self, x, uniforms, temperature):  # tensors, built once
        z = self.tap("z", self.cell.input_term(look_up(self.embedding, x)))  # (N, T, 3H)
        h = self.tap("h", self.cell.through_time(z))  # (N, T, H)
        logits = self.tap("logits", self.likely(h))  # (N, T, C)
        self.tap("text", self.continued(x, h[:, -1], logits[:, -1], uniforms, temperature))  # (N, T + S)
        return logits

    def likely(self, h):
        """The log-odds of each character to follow."""
        # TWIN: TensorFlow's h @ w makes a product for each row of three axes; PyTorch's makes one
        return tf.tensordot(h, self.w, 1) + self.b

    def continued(self, text, h, logits, uniforms, temperature):
        """The text, and a character after it for each column of uniforms."""
        # TWIN: the loop is in the graph, which writes as many characters as it is fed numbers, and nothing if nobody
        # asks for the text; in eager code it runs at every step, where training has no numbers for it

        def step(s, text, h, logits):
            character = self.sample(logits / temperature[:, tf.newaxis], uniforms[:, s])
            (h,) = self.cell(self.cell.input_term(look_up(self.embedding, character)), h)
            return s + 1, tf.concat([text, character[:, tf.newaxis]], axis=1), h, self.likely(h)

        count, longer = tf.shape(uniforms)[1], tf.TensorShape((None, None))
        shapes = tf.TensorShape(()), longer, h.shape, logits.shape
        _, text, _, _ = tf.while_loop(lambda s, *_: s < count, step, (0, text, h, logits), shape_invariants=shapes)
        return text

    def sample(self, logits, u):
        """The first character of each row whose cumulative probability exceeds u (N,)."""
        cumulative = tf.cumsum(tf.nn.softmax(logits), axis=1)  # (N, C); the last is 1, but for rounding
        return tf.reduce_sum(tf.cast(cumulative[:, :-1] <= u[:, tf.newaxis], tf.int64), axis=1)

    # 3 What it costs to be wrong; to be complicated costs nothing
    def loss(self, logits, y):
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))

    # 4 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
