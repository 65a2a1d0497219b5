"""Convolution, pooling, resizing, layout: the known differences, each as a small TF1 graph.

Twin: dynamic_torch/differences/convolution.py
"""

import tensorflow.compat.v1 as tf

from static_tf.differences.probe import probe


@probe
def same_padding(x, kernel):
    return {
        "stride 1": tf.nn.conv2d(x, kernel, 1, "SAME"),
        "stride 2": tf.nn.conv2d(x, kernel, 2, "SAME"),
        "dilation 2": tf.nn.convolution(x, kernel, "SAME", dilation_rate=(2, 2)),
    }


@probe
def transposed_convolution(x, kernel):
    n, height, width, _ = x.shape.as_list()
    shape = (n, 2 * height, 2 * width, kernel.shape[2])
    return {"y": tf.nn.conv2d_transpose(x, kernel, shape, 2, "SAME")}


@probe
def average_pool_padding(x):
    return {
        "average, stride 1": tf.nn.avg_pool(x, 3, 1, "SAME"),
        "average, stride 2": tf.nn.avg_pool(x, 3, 2, "SAME"),
        "largest, stride 2": tf.nn.max_pool(x, 3, 2, "SAME"),
    }


@probe
def layouts(x, kernel, w, square):
    n, height, width, _ = x.shape.as_list()
    return {
        "convolution": tf.nn.conv2d(x, kernel, 1, "VALID"),
        "transposed convolution": tf.nn.conv2d_transpose(
            x, kernel, (n, height + 2, width + 2, kernel.shape[2]), 1, "VALID"
        ),
        "depthwise convolution": tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "VALID"),
        "dense": x @ square,
        "dense after flattening": tf.reshape(x, (n, -1)) @ w,
    }


@probe
def resize_bilinear(x, aligned):
    n, m = 2 * x.shape[1], 2 * x.shape[1] - 1
    return {
        "twice the size": tf.image.resize_bilinear(x, (n, n), half_pixel_centers=aligned),
        "corners aligned": tf.image.resize_bilinear(x, (m, m), align_corners=True),
        "bicubic, inside": tf.image.resize_bicubic(x, (n, n), half_pixel_centers=True)[:, 3:-3, 3:-3],
    }


@probe
def resize_nearest(x):
    return {
        "nearest": tf.image.resize_nearest_neighbor(x, (5, 5)),
        "half pixel": tf.image.resize_nearest_neighbor(x, (5, 5), half_pixel_centers=True),
        "depth to space": tf.depth_to_space(x, 2),
        "symmetric padding": tf.pad(x, [[0, 0], [2, 2], [2, 2], [0, 0]], "SYMMETRIC"),
    }
