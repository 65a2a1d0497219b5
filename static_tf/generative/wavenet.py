"""A network that speaks: it says of every code of a sound sample how likely it is to follow those before it.

    z = h_{t-d} kernel_0 + h_t kernel_1 + v_digit          a convolution of two samples, d apart: d = 1, 2, 4, ..
    g = tanh(first half of z) * sigmoid(second half)          h <- h + g residual          s <- s + g skip

    s starts as b1          logits = relu(relu(s) w2 + b2) w3 + b3          p(x_{t+1} | x_1 .. x_t) = softmax(logits_t)
    loss = mean of - log p of the samples that followed

    to speak: draw a sample, read it, and so on; each layer remembers its last d inputs in a queue (cached), or all
    that the next sample depends on, the last 1 + 1 + 2 + 4 + .. samples, is read again (naive)

van den Oord et al. 2016, "WaveNet"; the queues: Paine et al. 2016. A sample is drawn by one uniform number u: it is the
first code whose cumulative probability exceeds u.

Twin: dynamic_torch/generative/wavenet.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts.embedding import look_up


class GatedLayer:
    """A dilated convolution with gates; the digit that is spoken moves the gates."""

    def __init__(self, name, dilation, config, dtype):
        self.dilation, c, g = dilation, config.channels, config.gates
        self.kernel = tf.get_variable(f"{name}/kernel", (2, c, 2 * g), dtype)
        self.digit = tf.get_variable(f"{name}/digit", (10, 2 * g), dtype)

    def __call__(self, h, digit, queue):
        """The gates' output, and the queue of the layer's last inputs."""
        # TWIN: TensorFlow's dilated convolution has no gradient on a CPU: both sides make two products instead
        seen = tf.concat([queue, h], axis=1)  # (N, d + T, C)
        z = product(seen[:, : -self.dilation], self.kernel[0]) + product(h, self.kernel[1])
        a, b = tf.split(z + look_up(self.digit, digit)[:, tf.newaxis], 2, axis=2)  # (N, T, G) each
        return tf.tanh(a) * tf.sigmoid(b), seen[:, -self.dilation :]


class WaveNet(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        depth, skip, residual = len(config.dilations), (config.gates, config.skips), (config.gates, config.channels)
        self.embedding = tf.get_variable("embedding", (config.codes, config.channels), dtype)
        self.layers = [GatedLayer(f"layers/{i}", d, config, dtype) for i, d in enumerate(config.dilations)]
        self.skips = [tf.get_variable(f"skips/{i}", skip, dtype) for i in range(depth)]
        self.residuals = [tf.get_variable(f"residuals/{i}", residual, dtype) for i in range(depth - 1)]
        self.b1 = tf.get_variable("b1", (config.skips,), dtype)
        self.w2 = tf.get_variable("w2", (config.skips, config.hidden), dtype)
        self.b2 = tf.get_variable("b2", (config.hidden,), dtype)
        self.w3 = tf.get_variable("w3", (config.hidden, config.codes), dtype)
        self.b3 = tf.get_variable("b3", (config.codes,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: codes of the samples that are read (N, T); y: of those that follow (N, T); digit: which is spoken (N,)
    # uniforms: one for each sample that is drawn (N, S)
    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(tf.int64, (None, None), "x"),
            "y": tf.placeholder(tf.int64, (None, None), "y"),
            "digit": tf.placeholder(tf.int64, (None,), "digit"),
            "uniforms": tf.placeholder(self.dtype, (None, None), "uniforms"),
        }

    # 2 How X connects to Y
    def forward(self, x, y, digit, uniforms):  # tensors, built once
        logits, queues = self.read(x, digit, self.empty_queues(x), self.tap)
        logits = self.tap("logits", logits)  # (N, T, Q)
        audio, following = self.continued(x, digit, logits[:, -1], queues, uniforms)
        self.tap("audio", audio)  # (N, T + S)
        self.tap("following", following)  # (N, Q)
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
        return self.tap("log_likelihood", -nats)  # (N, T)

    def empty_queues(self, x):
        """Queues that remember nothing."""
        return [tf.zeros((tf.shape(x)[0], d, self.config.channels), self.dtype) for d in self.config.dilations]

    def read(self, x, digit, queues, tap):
        """The logits of what follows each sample, and the queues after the last one."""
        h, s, following = look_up(self.embedding, x), self.b1, []  # (N, T, C)
        for i, (layer, queue) in enumerate(zip(self.layers, queues)):
            g, queue = layer(h, digit, queue)
            g = tap(f"g{i + 1}", g)  # (N, T, G)
            s = s + product(g, self.skips[i])  # (N, T, K)
            if i < len(self.residuals):  # no layer reads what the last one adds
                h = h + product(g, self.residuals[i])  # (N, T, C)
            following.append(queue)
        h = tf.nn.relu(product(tf.nn.relu(s), self.w2) + self.b2)  # (N, T, H)
        return product(h, self.w3) + self.b3, following

    def continued(self, audio, digit, logits, queues, uniforms):
        """The audio, with a sample after it for each column of uniforms, and the logits of the next one."""
        # TWIN: the loop is in the graph, which draws as many samples as it is fed numbers, and nothing if nobody asks
        # for the audio; in eager code it runs at every step, where training has no numbers for it

        def step(t, audio, logits, queues):
            code = self.sample(logits, uniforms[:, t])[:, tf.newaxis]
            audio = tf.concat([audio, code], axis=1)
            if self.config.cached:
                logits, queues = self.read(code, digit, queues, untapped)
            else:
                logits, _ = self.read(audio[:, -self.config.reach :], digit, self.empty_queues(audio), untapped)
            return t + 1, audio, logits[:, -1], queues

        count = tf.shape(uniforms)[1]
        _, audio, logits, _ = tf.while_loop(lambda t, *_: t < count, step, (0, audio, logits, queues))
        return audio, logits

    def sample(self, logits, u):
        """The first code of each row whose cumulative probability exceeds u (N,)."""
        cumulative = tf.cumsum(tf.nn.softmax(logits), axis=1)  # (N, Q); the last is 1, but for rounding
        return tf.reduce_sum(tf.cast(cumulative[:, :-1] <= u[:, tf.newaxis], tf.int64), axis=1)

    # 3 What it costs to be wrong; to be complicated costs nothing
    def loss(self, log_likelihood):
        return -tf.reduce_mean(log_likelihood)

    # 4 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)


def product(h, w):
    # TWIN: TensorFlow's h @ w makes a product for each row of three axes; PyTorch's makes one
    return tf.tensordot(h, w, 1)


def untapped(name, value):
    return value
