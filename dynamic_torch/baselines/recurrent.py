"""The models of the chapter on recurrent networks, made of PyTorch's own layers.

Twin: static_tf/baselines/recurrent.py
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dynamic_torch.baselines.baseline import Baseline


class Reader(nn.Module):
    """An LSTM over a sentence, and the mean of its outputs over the words."""

    def __init__(self, config: Any):
        super().__init__()
        self.embedding = nn.Embedding(config.words, config.embedding)
        self.lstm = nn.LSTM(config.embedding, config.hidden, batch_first=True)
        self.w = nn.Linear(config.hidden, 1)
        # TWIN: PyTorch's LSTM has a second bias, for cuDNN's sake; if trained too, their sum would move twice as far
        second = self.lstm.get_parameter("bias_hh_l0")
        nn.init.zeros_(second).requires_grad_(False)

    def forward(self, words, lengths, dropout_mask):
        h, _ = self.lstm(self.embedding(words))
        mask = torch.arange(words.shape[1], device=words.device) < lengths[:, None]
        pooled = (h * mask[:, :, None]).sum(dim=1) / lengths[:, None]
        return self.w(pooled * dropout_mask)[:, 0]


def lstm(config: Any) -> Baseline:
    def loss(logits: Tensor, y: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(logits, y.to(logits.dtype))

    return Baseline(Reader(config), loss, ("words", "lengths", "dropout_mask"))
