"""A network that paints: it says of every pixel how likely it has ink, given the pixels above and to the left of it.

    p(x) = product over pixels i, row by row, of p(x_i | x_1 .. x_{i-1})          p(x_i = 1 | ..) = sigmoid(logit_i)

    masked    h = relu(conv(h, mask * kernel) + bias)          mask: 0 for the pixels to come, in the first layer also
                                                               for i itself; pixels above i, far to the right, are
                                                               in no kernel: the blind spot
    gated     z = conv(d of this row and the one above)        d = g(z)        g: tanh of one half of the channels
              h = h + g(conv(h to the left) + z of the row above)                 times sigmoid of the other half

    loss = mean over pixels of - log p          to paint: draw a pixel, then the next (see parts/painting.py)

van den Oord et al. 2016, "Pixel Recurrent Neural Networks" (the mask), and "Conditional Image Generation with PixelCNN
Decoders" (the gates).

Twin: dynamic_torch/generative/pixel_cnn.py
"""

import tensorflow.compat.v1 as tf

from static_tf.model import Model
from static_tf.optimizers import build
from static_tf.parts.painting import MaskedConv, Painter


class MaskedStack:
    """Convolutions whose kernels are 0 where pixels are to come."""

    def __init__(self, config, dtype):
        k, c = config.kernel, config.channels
        self.layers = [
            MaskedConv(f"stack/layers/{i}", (k, k, c if i else 1, c), centre=i > 0, dtype=dtype)
            for i in range(config.depth)
        ]

    def __call__(self, x, tap):
        h = x  # (N, H, W, 1)
        for i, layer in enumerate(self.layers, 1):
            h = tap(f"h{i}", tf.nn.relu(layer(h)))  # (N, H, W, C)
        return h


class GatedStacks:
    """One stack goes down the rows, the other across a row, which also reads what the first knows of the row above."""

    def __init__(self, config, dtype):
        self.depth, c = config.depth, config.channels
        for i in range(1, self.depth + 1):
            inputs = 1 if i == 1 else c
            setattr(self, f"down{i}", tf.get_variable(f"stack/down{i}", (2, 3, inputs, 2 * c), dtype))
            setattr(self, f"across{i}", tf.get_variable(f"stack/across{i}", (1, 2, inputs, 2 * c), dtype))
            setattr(self, f"over{i}", tf.get_variable(f"stack/over{i}", (1, 1, 2 * c, 2 * c), dtype))
            setattr(self, f"bias{i}", tf.get_variable(f"stack/bias{i}", (2 * c,), dtype))

    def __call__(self, x, tap):
        d, h = self.layer(x, x, 1)  # (N, H, W, C) each
        h = tap("h1", h)
        for i in range(2, self.depth + 1):
            d, more = self.layer(d, h, i)
            h = tap(f"h{i}", h + more)
        return h

    def layer(self, d, h, i):
        # TWIN: zeros on one side only, which no name of a padding means: they are put there before the convolution
        down = tf.nn.conv2d(tf.pad(d, [(0, 0), (1, 0), (1, 1), (0, 0)]), getattr(self, f"down{i}"), padding="VALID")
        above = tf.pad(down, [(0, 0), (1, 0), (0, 0), (0, 0)])[:, :-1]  # of the row above
        seen = 2 if i == 1 else 1  # pixels to the left; later ones see their own place too, which knows no more
        left = tf.pad(h, [(0, 0), (0, 0), (seen, 0), (0, 0)])[:, :, : h.shape[2] + 1]
        across = tf.nn.conv2d(left, getattr(self, f"across{i}"), padding="VALID")
        over = tf.nn.conv2d(above, getattr(self, f"over{i}"), padding="VALID")
        return self.gate(down), self.gate(across + over + getattr(self, f"bias{i}"))

    def gate(self, z):
        a, b = tf.split(z, 2, axis=3)
        return tf.tanh(a) * tf.sigmoid(b)


class PixelCNN(Model):
    # TWIN: channels come last in TensorFlow, and before height and width in PyTorch

    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.stack = {"masked": MaskedStack, "gated": GatedStacks}[config.stacks](config, dtype)
        self.w = tf.get_variable("w", (config.channels, 1), dtype)
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
        h = self.stack(x, tap)  # (N, H, W, C)
        return (tf.tensordot(h, self.w, 1) + self.b)[..., 0]

    # 3 What it costs to be wrong; to be complicated costs nothing
    def loss(self, logits, x):
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=x[..., 0], logits=logits))

    # 4 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
