"""Additive attention: how well does each annotation h_j fit a state s, and what do those that fit say?

    e_j = v^T tanh(s w_s + h_j w_h)
    a = softmax(e)                   over the annotations before a row's end: from there on e_j = -infinity, so a_j = 0
    context = sum over j of a_j h_j

The weights a are positive and sum to 1; they show which annotations a state attends to. However far apart in time,
every annotation is one step from every state. The keys h w_h do not depend on the state: one product does for all.

Bahdanau, Cho & Bengio 2015, "Neural machine translation by jointly learning to align and translate", appendix A.1.2.

Twin: dynamic_torch/parts/additive_attention.py
"""

import numpy as np
import tensorflow.compat.v1 as tf


class AdditiveAttention:
    """Weights of annotations of size K, and the mean of the annotations by these weights, for a state of size D."""

    def __init__(self, name, state, annotation, size, dtype):
        self.w_s = tf.get_variable(f"{name}/w_s", (state, size), dtype)
        self.w_h = tf.get_variable(f"{name}/w_h", (annotation, size), dtype)
        self.v = tf.get_variable(f"{name}/v", (size, 1), dtype)

    def keys(self, h):  # (N, T, K)
        return h @ self.w_h  # (N, T, A)

    def __call__(self, s, h, keys, inside):
        """Weights (N, T) and context (N, K) of the states s (N, D); `inside` (N, T) is true before a row's end."""
        query = (s @ self.w_s)[:, tf.newaxis]  # (N, 1, A)
        e = (tf.tanh(query + keys) @ self.v)[:, :, 0]  # (N, T)
        # TWIN: TF1's own tf.where does not broadcast; where_v2 does
        # TWIN: a softmax of nothing but -infinity is 0/0, not a number, in both frameworks, so a row needs a character;
        # -1e9, which is common too, would attend equally to all of an empty row's padding, and overflows in float16
        a = tf.nn.softmax(tf.where_v2(inside, e, -np.inf))  # (N, T)
        context = (a[:, tf.newaxis] @ h)[:, 0]  # (N, K)
        return a, context
