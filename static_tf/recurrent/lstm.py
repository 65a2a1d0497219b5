"""A long short-term memory (LSTM) that reads sentences of film reviews: positive or negative?

    i, f, o = sigmoid,  g = tanh   of the four parts of   x_t kernel + h_{t-1} recurrent_kernel + bias
    c_t = f c_{t-1} + i g          h_t = o tanh(c_t)
    logits = (dropout of the mean of h_t over the sentence's words) w + b
    loss = - mean (y log p + (1 - y) log (1 - p)),  p = sigmoid(logits)

The cell c_t is the memory. Three gates between 0 and 1 control it: the input gate i says how much of the candidate g is
added, the forget gate f how much of the old memory is kept, the output gate o how much of it is shown. Memory changes
by addition, so gradients do not have to shrink from step to step.

Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000. The graph goes through time in one of two ways:
unrolled, every step its own operations; or as a while_loop, one step's operations, run again and again.

Twin: dynamic_torch/recurrent/lstm.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build


class LSTM(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        e, h = config.embedding, config.hidden
        self.embedding = tf.get_variable("embedding", (config.words, e), dtype)
        self.kernel = tf.get_variable("kernel", (e, 4 * h), dtype)
        self.recurrent_kernel = tf.get_variable("recurrent_kernel", (h, 4 * h), dtype)
        self.bias = tf.get_variable("bias", (4 * h,), dtype)
        self.w = tf.get_variable("w", (h, 1), dtype)
        self.b = tf.get_variable("b", (1,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # words: indices (N, T), padded after the end; lengths: words per sentence (N,)
    # dropout_mask: 0, or 1 / (1 - dropout) (N, H); y: 1 if the review is positive, else 0 (N,)
    def inputs(self):  # placeholders, to be fed
        return {
            "words": tf.placeholder(tf.int64, (None, self.config.length), "words"),
            "lengths": tf.placeholder(tf.int64, (None,), "lengths"),
            "dropout_mask": tf.placeholder(self.dtype, (None, self.config.hidden), "dropout_mask"),
            "y": tf.placeholder(tf.int64, (None,), "y"),
        }

    # 2 How X connects to Y
    def forward(self, words, lengths, dropout_mask):  # tensors, built once
        # TWIN: the gradient of tf.gather has only the rows that were read, and TF1's optimizers leave the velocity of
        # the others unchanged; the reshape makes it dense, as in PyTorch
        embedding = tf.reshape(self.embedding, (self.config.words, self.config.embedding))
        x = self.tap("x", tf.gather(embedding, words))  # (N, T, E)
        z = self.tap("z", x @ self.kernel + self.bias)  # (N, T, 4H): the term of the inputs, for all steps at once
        h = self.tap("h", self.through_time(z))  # (N, T, H)
        # The mean over the words of the sentence, without what follows its end
        mask = tf.sequence_mask(lengths, self.config.length, self.dtype)  # (N, T)
        total = tf.reduce_sum(h * mask[:, :, tf.newaxis], axis=1)
        pooled = self.tap("pooled", total / tf.cast(lengths, self.dtype)[:, tf.newaxis])  # (N, H)
        logits = (pooled * dropout_mask) @ self.w + self.b  # (N, 1)
        return self.tap("logits", logits[:, 0])  # (N,)

    def through_time(self, z):
        """h of every step, (N, T, H).

        TWIN: the loop runs while the graph is built, or the graph contains it; in eager code it runs at every step.
        """
        c = h = tf.zeros((tf.shape(z)[0], self.config.hidden), self.dtype)
        if self.config.loop == "while_loop":
            return self.through_while_loop(z, c, h)
        hs = []
        for z_t in tf.unstack(z, axis=1):  # T copies of the step
            c, h = self.cell(z_t, c, h)
            hs.append(h)
        return tf.stack(hs, axis=1)

    def through_while_loop(self, z, c, h):
        """The same by tf.while_loop: one copy of the step, and a tensor as the condition."""
        steps = self.config.length
        z = tf.TensorArray(self.dtype, steps).unstack(tf.transpose(z, (1, 0, 2)))
        hs = tf.TensorArray(self.dtype, steps)

        def step(t, c, h, hs):
            c, h = self.cell(z.read(t), c, h)
            return t + 1, c, h, hs.write(t, h)

        _, _, _, hs = tf.while_loop(lambda t, *_: t < steps, step, (0, c, h, hs))
        return tf.transpose(hs.stack(), (1, 0, 2))

    def cell(self, z_t, c, h):
        """One step: c and h from this step's term of the inputs and from the last c and h."""
        z = z_t + h @ self.recurrent_kernel  # (N, 4H)
        # TWIN: the gates lie in the order i, f, g, o on both sides; TF1's own cell has i, g, f, o, and adds 1 to f
        i, f, g, o = tf.split(z, 4, axis=1)  # (N, H) each
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        return c, tf.sigmoid(o) * tf.tanh(c)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        y = tf.cast(y, self.dtype)
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits))

    # 4 What it costs to be complicated: nothing, because dropout regularises
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
