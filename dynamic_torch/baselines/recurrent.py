"""The models of the chapter on recurrent networks, made of PyTorch's own layers.

Twin: static_tf/baselines/recurrent.py
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dynamic_torch.baselines.baseline import Baseline


class Reader(nn.Module):
    """A recurrent layer over a sentence, and the mean of its outputs over the words."""

    def __init__(self, config: Any, layer: type[nn.RNNBase]):
        super().__init__()
        self.reader = nn.ModuleDict({"embedding": nn.Embedding(config.words, config.embedding)})
        self.cell = layer(config.embedding, config.hidden, batch_first=True)
        if not isinstance(self.cell, nn.GRU):
            # TWIN: PyTorch has a second bias, for cuDNN's sake; if trained too, their sum would move twice as far
            second = self.cell.get_parameter("bias_hh_l0")
            nn.init.zeros_(second).requires_grad_(False)
        self.w = nn.Linear(config.hidden, 1)

    def forward(self, words, lengths, dropout_mask):
        h, _ = self.cell(self.reader["embedding"](words))
        mask = torch.arange(words.shape[1], device=words.device) < lengths[:, None]
        pooled = (h * mask[:, :, None]).sum(dim=1) / lengths[:, None]
        return self.w(pooled * dropout_mask)[:, 0]


class Bidirectional(nn.Module):
    """A GRU over a series in both directions, and a last layer over the outputs of all steps."""

    def __init__(self, config: Any):
        super().__init__()
        self.gru = nn.GRU(1, config.hidden, batch_first=True, bidirectional=True)
        self.w = nn.Linear(config.length * 2 * config.hidden, 10)

    def forward(self, x):
        h, _ = self.gru(x)
        return self.w(h.flatten(1))


def reader(config: Any, layer: type[nn.RNNBase]) -> Baseline:
    def loss(logits: Tensor, y: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(logits, y.to(logits.dtype))

    return Baseline(Reader(config, layer), loss, ("x", "lengths", "dropout_mask"))


def rnn(config: Any) -> Baseline:
    return reader(config, nn.RNN)


def lstm(config: Any) -> Baseline:
    return reader(config, nn.LSTM)


def gru(config: Any) -> Baseline:
    return reader(config, nn.GRU)


def bidirectional_gru(config: Any) -> Baseline:
    return Baseline(Bidirectional(config))
