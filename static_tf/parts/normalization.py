"""Batch normalisation: every channel gets mean 0 and variance 1, then a learned scale and offset.

    n = gamma (z - mean) / sqrt(variance + epsilon) + beta            mean and variance: of the batch in training,
    moving = decay moving + (1 - decay) batch                         the moving averages in inference

Ioffe & Szegedy 2015, Algorithms 1 and 2. The batch is normalised by its biased variance, sum of squares over n; the
moving average is one of unbiased variances, over n - 1, because inference needs an estimate of the whole data's.

Twin: dynamic_torch/parts/normalization.py
"""

import tensorflow.compat.v1 as tf


class BatchNorm:
    """One mean and one variance for each channel.

    `gamma` and `beta` are learned. `moving_mean` and `moving_variance` are not: each training step moves them towards
    the statistics of its batch.
    """

    def __init__(self, name, channels, decay, epsilon, training, dtype):
        self.decay, self.epsilon, self.training = decay, epsilon, training
        self.gamma = tf.get_variable(f"{name}/gamma", (channels,), dtype)
        self.beta = tf.get_variable(f"{name}/beta", (channels,), dtype)
        self.moving_mean = tf.get_variable(f"{name}/moving_mean", (channels,), dtype, trainable=False)
        self.moving_variance = tf.get_variable(f"{name}/moving_variance", (channels,), dtype, trainable=False)

    def __call__(self, z):  # (N, H, W, C), or (N, C)
        batch = list(range(len(z.shape) - 1))  # every axis but the last
        # TWIN: in a graph the mode is a tensor, and both branches are built; in PyTorch it is a flag of the module
        mean, variance = tf.cond(
            self.training, lambda: tf.nn.moments(z, batch), lambda: (self.moving_mean, self.moving_variance)
        )
        self.update_averages(z, mean, variance)
        return tf.nn.batch_normalization(z, mean, variance, self.beta, self.gamma, self.epsilon)

    def update_averages(self, z, mean, variance):
        """Operations that move the averages towards the batch's mean and variance, to be run with the training step."""
        n = tf.cast(tf.size(z) // tf.size(mean), z.dtype)  # values per channel
        unbiased = variance * n / (n - 1)  # TWIN: moments are biased; PyTorch corrects what it stores, so this does too
        for average, latest in ((self.moving_mean, mean), (self.moving_variance, unbiased)):
            # TWIN: no output depends on these operations, so they are collected, and the training step runs them
            move = average.assign_sub((1 - self.decay) * (average - latest))
            tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, move)
