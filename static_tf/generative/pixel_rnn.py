"""A recurrent network that paints: an LSTM goes down an image, and its state is a whole row.

    p(x) = product over pixels i, row by row, of p(x_i | x_1 .. x_{i-1})          p(x_i = 1 | ..) = sigmoid(logit_i)

    h0 = conv(x, mask * kernel) + bias                          mask: 0 for the pixel itself and those to come
    z_r = conv(row r of h0, mask * kernel) + bias               mask: 0 for those to come; along the row
    i, f, o = sigmoid,  g = tanh   of the four parts of         z_r + conv(h_{r-1}, recurrent_kernel)
    c_r = f c_{r-1} + i g          h_r = o tanh(c_r)            a layer's output is h of all rows, plus its input

    loss = mean over pixels of - log p          to paint: draw a pixel, then the next

The term of the inputs is computed for all rows at once; only the LSTM has to wait for the row above. Its kernel needs
no mask, because the whole row above is known. So a pixel sees a triangle, which widens by half a kernel with each row
above it; known pixels to the right of the triangle are not seen. In its own row, and on the left of the triangle, it
sees as many more pixels as the kernels of all layers reach. The first layer is no LSTM: if it were, no pixel would see
the last one of a row, which has none on its right to read it.

van den Oord, Kalchbrenner & Kavukcuoglu 2016, "Pixel Recurrent Neural Networks": the row LSTM of section 3.1.

Twin: dynamic_torch/generative/pixel_rnn.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts.painting import MaskedConv, Painter


class RowLSTM:
    """An LSTM that goes down the rows: its state is a row (N, W, C), its products are convolutions."""

    def __init__(self, name, config, dtype):
        k, c = config.kernel, config.channels
        self.input_term = MaskedConv(f"{name}/input_term", (1, k, c, 4 * c), centre=True, dtype=dtype)
        self.recurrent_kernel = tf.get_variable(f"{name}/recurrent_kernel", (k, c, 4 * c), dtype)

    def __call__(self, x):  # (N, H, W, C)
        # TWIN: the loop runs while the graph is built, one copy for each row; in eager code it runs at every step
        z = tf.unstack(self.input_term(x), axis=1)  # H times (N, W, 4C)
        c = h = self.start(z[0])
        hs = []
        for z_r in z:
            c, h = self.next_row(z_r, c, h)
            hs.append(h)
        return tf.stack(hs, axis=1)  # (N, H, W, C)

    def start(self, z_r):
        """The state above the first row: zeros."""
        return tf.zeros_like(tf.split(z_r, 4, axis=2)[0])  # (N, W, C)

    def next_row(self, z_r, c, h):
        """The state of a row from that of the row above."""
        z = z_r + tf.nn.conv1d(h, self.recurrent_kernel, padding="SAME")  # (N, W, 4C)
        i, f, g, o = tf.split(z, 4, axis=2)  # (N, W, C) each
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        return c, tf.sigmoid(o) * tf.tanh(c)


class PixelRNN(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch

    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        k, c = config.kernel, config.channels
        self.first = MaskedConv("first", (k, k, 1, c), centre=False, dtype=dtype)
        self.layers = [RowLSTM(f"layers/{i}", config, dtype) for i in range(config.depth)]
        self.w = tf.get_variable("w", (c, 1), dtype)
        self.b = tf.get_variable("b", (1,), dtype)
        self.painter = Painter(config)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: images in black or white (N, H, W, 1); uniforms: one for each pixel that is painted (N, P)
    def inputs(self):  # placeholders, to be fed
        return {
            "x": tf.placeholder(self.dtype, (None, self.config.height, self.config.width, 1), "x"),
            "uniforms": tf.placeholder(self.dtype, (None, None), "uniforms"),
        }

    # 2 How X connects to Y
    def forward(self, x, uniforms):  # tensors, built once
        logits = self.tap("logits", self.likely(x, self.tap))  # (N, H, W)
        self.tap("image", self.painter(self.likely, uniforms))  # (N, H W)
        return logits

    def likely(self, x, tap=lambda name, value: value):
        """The log-odds of each pixel."""
        h = tap("h0", self.first(x))  # (N, H, W, C)
        for i, layer in enumerate(self.layers, 1):
            h = tap(f"h{i}", h + layer(h))
        return (tf.tensordot(h, self.w, 1) + self.b)[..., 0]

    # 3 What it costs to be wrong; to be complicated costs nothing
    def loss(self, logits, x):
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=x[..., 0], logits=logits))

    # 4 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
