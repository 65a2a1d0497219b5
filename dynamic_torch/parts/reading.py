"""What a recurrent network reads, and what it answers: sentences of film reviews, or the adding problem.

    Sentences       x_t = embedding[word_t],  pooled = mean of h_t over the words of the sentence, with dropout
                    loss = - mean (y log p + (1 - y) log (1 - p)),  p = sigmoid(output): the probability of praise
    AddingProblem   x_t = (a number, a mark),  pooled = h_T: what is left at the end
                    loss = mean (output - y)^2,  y: the sum of the two marked numbers

The adding problem: Hochreiter & Schmidhuber 1997. To solve it is to remember a number over half of the series.

Twin: static_tf/parts/reading.py
"""

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.parts.embedding import look_up


def build(config):
    """The task that a configuration names."""
    return {"reviews": Sentences, "imdb": Sentences, "adding": AddingProblem}[config.task](config)


class Sentences(nn.Module):
    """Words in, positive or negative out."""

    def __init__(self, config):
        super().__init__()
        self.config, self.features = config, config.embedding
        self.embedding = nn.Parameter(torch.empty(config.words, config.embedding))

    def vectors(self, x):  # (N, T)
        return look_up(self.embedding, x)  # (N, T, E)

    def pooled(self, h, lengths, dropout_mask):
        """The mean over the words of the sentence, without what follows its end; then dropout."""
        mask = (torch.arange(self.config.length, device=h.device) < lengths[:, None]).to(h.dtype)  # (N, T)
        total = torch.sum(h * mask[:, :, None], dim=1)  # (N, H)
        return total / lengths.to(h.dtype)[:, None] * dropout_mask

    def loss(self, output, y):
        y = y.to(output.dtype)
        return F.binary_cross_entropy_with_logits(output, y)


class AddingProblem(nn.Module):
    """Numbers and marks in, the sum of the marked numbers out."""

    def __init__(self, config):
        super().__init__()
        self.config, self.features = config, 2

    def vectors(self, x):  # (N, T, 2)
        return x

    def pooled(self, h, lengths, dropout_mask):
        """The last h."""
        return h[:, -1]  # (N, H)

    def loss(self, output, y):
        return torch.mean(torch.square(output - y))
