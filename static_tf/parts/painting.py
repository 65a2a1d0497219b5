"""Networks that paint an image pixel by pixel: a convolution that reads known pixels only, and the painting itself.

    MaskedConv    conv(x, mask * kernel) + bias                    mask: 1 before the centre of the kernel, row by row,
                                                                   0 after it, either at it
    Painter       x_i = 1 if u_i < p(x_i = 1 | x_1 .. x_{i-1})     for pixels i, row by row, u_i uniform between 0 and 1

The first convolution must not read the pixel of which it says how likely it is; a later one may, because there its
input depends on earlier pixels only. To paint, the network reads the whole image again for every pixel; those to come
are 0, and change nothing.

van den Oord, Kalchbrenner & Kavukcuoglu 2016, "Pixel Recurrent Neural Networks": masks A and B.

Twin: dynamic_torch/parts/painting.py
"""

import tensorflow.compat.v1 as tf

from shared.generative.painting_spec import mask


class MaskedConv:
    """A convolution whose kernel (height, width, inputs, outputs) is 0 for the pixels to come; `centre`: not for the
    pixel itself."""

    def __init__(self, name, shape, centre, dtype):
        height, width, _, outputs = shape
        self.mask = mask(height, width, centre)
        self.kernel = tf.get_variable(f"{name}/kernel", shape, dtype)
        self.bias = tf.get_variable(f"{name}/bias", (outputs,), dtype)

    def __call__(self, x):  # (N, H, W, E)
        kernel = self.kernel * tf.constant(self.mask, x.dtype)[:, :, tf.newaxis, tf.newaxis]
        return tf.nn.conv2d(x, kernel, padding="SAME") + self.bias  # (N, H, W, F)


class Painter:
    """Images of H x W pixels, each drawn by one uniform number."""

    def __init__(self, config):
        self.height, self.width = config.height, config.width

    def __call__(self, likely, uniforms):
        """Images (N, H W) of which as many pixels are painted as there are uniforms (N, P), the others 0.

        `likely`: the function from images (N, H, W, 1) to the log-odds of their pixels (N, H, W).
        """
        # TWIN: the loop is in the graph, and runs if somebody asks for the image; in eager code it runs at every step,
        # where training has no numbers for it
        pixels = self.height * self.width

        def step(p, image):
            logits = tf.reshape(likely(tf.reshape(image, (-1, self.height, self.width, 1))), (-1, pixels))
            ink = tf.cast(uniforms[:, p] < tf.sigmoid(logits[:, p]), image.dtype)  # (N,)
            return p + 1, image + ink[:, tf.newaxis] * tf.one_hot(p, pixels, dtype=image.dtype)

        rows, count = tf.unstack(tf.shape(uniforms))
        empty = tf.zeros((rows, pixels), uniforms.dtype)
        _, image = tf.while_loop(lambda p, _: p < count, step, (0, empty))
        return image
