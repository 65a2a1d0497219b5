"""Additive attention: how well does each annotation h_j fit a state s, and what do those that fit say?

    e_j = v^T tanh(s w_s + h_j w_h)
    a = softmax(e)                   over the annotations before a row's end: from there on e_j = -infinity, so a_j = 0
    context = sum over j of a_j h_j

The weights a are positive and sum to 1; they show which annotations a state attends to. However far apart in time,
every annotation is one step from every state. The keys h w_h do not depend on the state: one product does for all.

Bahdanau, Cho & Bengio 2015, "Neural machine translation by jointly learning to align and translate", appendix A.1.2.

Twin: static_tf/parts/additive_attention.py
"""

import numpy as np
import torch
from torch import nn


class AdditiveAttention(nn.Module):
    """Weights of annotations of size K, and the mean of the annotations by these weights, for a state of size D."""

    def __init__(self, state, annotation, size):
        super().__init__()
        self.w_s = nn.Parameter(torch.empty(state, size))
        self.w_h = nn.Parameter(torch.empty(annotation, size))
        self.v = nn.Parameter(torch.empty(size, 1))

    def keys(self, h):  # (N, T, K)
        return h @ self.w_h  # (N, T, A)

    def forward(self, s, h, keys, inside):
        """Weights (N, T) and context (N, K) of the states s (N, D); `inside` (N, T) is true before a row's end."""
        query = (s @ self.w_s)[:, None]  # (N, 1, A)
        e = (torch.tanh(query + keys) @ self.v)[:, :, 0]  # (N, T)
        # TWIN: torch.where broadcasts
        # TWIN: a softmax of nothing but -infinity is 0/0, not a number, in both frameworks, so a row needs a character;
        # -1e9, which is common too, would attend equally to all of an empty row's padding, and overflows in float16
        a = torch.softmax(torch.where(inside, e, -np.inf), dim=1)  # (N, T)
        context = (a[:, None] @ h)[:, 0]  # (N, K)
        return a, context
