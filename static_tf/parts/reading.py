"""What a recurrent network reads, and what it answers: sentences of film reviews, or the adding problem.

    Sentences       x_t = embedding[word_t],  pooled = mean of h_t over the words of the sentence, with dropout
                    loss = - mean (y log p + (1 - y) log (1 - p)),  p = sigmoid(output): the probability of praise
    AddingProblem   x_t = (a number, a mark),  pooled = h_T: what is left at the end
                    loss = mean (output - y)^2,  y: the sum of the two marked numbers

The adding problem: Hochreiter & Schmidhuber 1997. To solve it is to remember a number over half of the series.

Twin: dynamic_torch/parts/reading.py
"""

import tensorflow.compat.v1 as tf

from static_tf.parts.embedding import look_up


def build(config, dtype):
    """The task that a configuration names."""
    return {"reviews": Sentences, "imdb": Sentences, "adding": AddingProblem}[config.task](config, dtype)


class Sentences:
    """Words in, positive or negative out."""

    def __init__(self, config, dtype):
        self.config, self.dtype, self.features = config, dtype, config.embedding
        self.embedding = tf.get_variable("reader/embedding", (config.words, config.embedding), dtype)

    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(tf.int64, (None, self.config.length), "x"),
            "lengths": tf.placeholder(tf.int64, (None,), "lengths"),
            "dropout_mask": tf.placeholder(self.dtype, (None, self.config.hidden), "dropout_mask"),
            "y": tf.placeholder(tf.int64, (None,), "y"),
        }

    def vectors(self, x):  # (N, T)
        return look_up(self.embedding, x)  # (N, T, E)

    def pooled(self, h, lengths, dropout_mask):
        """The mean over the words of the sentence, without what follows its end; then dropout."""
        mask = tf.sequence_mask(lengths, self.config.length, self.dtype)  # (N, T)
        total = tf.reduce_sum(h * mask[:, :, tf.newaxis], axis=1)  # (N, H)
        return total / tf.cast(lengths, self.dtype)[:, tf.newaxis] * dropout_mask

    def loss(self, output, y):
        y = tf.cast(y, self.dtype)
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=output))


class AddingProblem:
    """Numbers and marks in, the sum of the marked numbers out."""

    def __init__(self, config, dtype):
        self.config, self.dtype, self.features = config, dtype, 2

    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(self.dtype, (None, self.config.length, 2), "x"),
            "lengths": None,
            "dropout_mask": None,
            "y": tf.placeholder(self.dtype, (None,), "y"),
        }

    def vectors(self, x):  # (N, T, 2)
        return x

    def pooled(self, h, lengths, dropout_mask):
        """The last h."""
        return h[:, -1]  # (N, H)

    def loss(self, output, y):
        return tf.reduce_mean(tf.square(output - y))
