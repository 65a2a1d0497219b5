"""A curve from a two-layer network: the lecture's own first net, with its own names.

    h = sigmoid(x w1 + b1)         y_ = h w2 + b2         loss = mean (y - y_)^2 + l2/2 (|w1|^2 + |w2|^2)

One hidden layer of sigmoids can come as near to any continuous curve as one likes (Cybenko 1989).

Twin: dynamic_torch/basics/shallow_regressor.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model


class ShallowRegressor(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.w1 = tf.get_variable("w1", (1, config.hidden), dtype)
        self.b1 = tf.get_variable("b1", (config.hidden,), dtype)
        self.w2 = tf.get_variable("w2", (config.hidden, 1), dtype)
        self.b2 = tf.get_variable("b2", (1,), dtype)

    # 1 What goes in, and what should come out
    def inputs(self):  # placeholders, to be fed
        return {"x": tf.placeholder(self.dtype, (None, 1), "x"), "y": tf.placeholder(self.dtype, (None, 1), "y")}

    # 2 How X connects to Y
    def forward(self, x):  # tensors, built once
        h = self.tap("h", tf.sigmoid(x @ self.w1 + self.b1))  # (N, H)
        return self.tap("y_", h @ self.w2 + self.b2)  # (N, 1)

    # 3 What it costs to be wrong
    def loss(self, y_, y):
        return tf.reduce_mean(tf.square(y - y_))

    # 4 What it costs to be complicated
    def regularizer(self):
        return self.config.l2 * (tf.nn.l2_loss(self.w1) + tf.nn.l2_loss(self.w2))  # TWIN: l2_loss has the half in it

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        gradients = tf.gradients(loss, self.parameters())
        with tf.control_dependencies([loss, *gradients]):  # in a graph, order is what you ask for
            moves = [w.assign_sub(self.config.learning_rate * g) for w, g in zip(self.parameters(), gradients)]
        return tf.group(*moves)


def train(config, initial, batches):
    """The whole program, without a harness: define first, then run through a Session. Returns the losses."""
    with tf.Graph().as_default():
        model = ShallowRegressor(config)
        inputs = model.inputs()
        y_ = model.forward(inputs["x"])
        loss = model.loss(y_, inputs["y"]) + model.regularizer()
        step = model.update(loss)
        start = [w.assign(initial[w.op.name]) for w in model.parameters()]
        losses = []
        with tf.Session() as session:
            session.graph.finalize()  # the graph is complete: from here on it only runs
            session.run(start)
            for batch in batches:
                feed = {inputs["x"]: batch["x"], inputs["y"]: batch["y"]}
                losses.append(session.run([loss, step], feed)[0])
    return losses
