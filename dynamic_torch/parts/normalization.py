"""Batch normalisation: every channel gets mean 0 and variance 1, then a learned scale and offset.

    n = gamma (z - mean) / sqrt(variance + epsilon) + beta            mean and variance: of the batch in training,
    moving = decay moving + (1 - decay) batch                         the moving averages in inference

Ioffe & Szegedy 2015, Algorithms 1 and 2. The batch is normalised by its biased variance, sum of squares over n; the
moving average is one of unbiased variances, over n - 1, because inference needs an estimate of the whole data's.

Twin: static_tf/parts/normalization.py
"""

import torch
from torch import nn
from torch.nn import functional as F


class BatchNorm(nn.Module):
    """One mean and one variance for each channel.

    `gamma` and `beta` are learned. `moving_mean` and `moving_variance` are not: each training step moves them towards
    the statistics of its batch.
    """

    def __init__(self, channels, decay, epsilon):
        super().__init__()
        self.decay, self.epsilon = decay, epsilon
        self.gamma = nn.Parameter(torch.empty(channels))
        self.beta = nn.Parameter(torch.empty(channels))
        self.register_buffer("moving_mean", torch.empty(channels))
        self.register_buffer("moving_variance", torch.empty(channels))

    def forward(self, z):  # (N, C, H, W), or (N, C)
        # TWIN: in a graph the mode is a tensor, and both branches are built; in PyTorch it is a flag of the module
        # TWIN: PyTorch's momentum is the weight of the batch, 1 - decay; in training this call moves the averages
        averages = self.moving_mean, self.moving_variance
        return F.batch_norm(z, *averages, self.gamma, self.beta, self.training, 1 - self.decay, self.epsilon)
