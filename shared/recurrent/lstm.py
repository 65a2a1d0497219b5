"""What the twins of the LSTM share.

Twins: static_tf/recurrent/lstm.py, dynamic_torch/recurrent/lstm.py
"""

import numpy as np

from shared.recurrent.reading_spec import (
    INPUTS,
    OUTPUTS,
    PLATEAU,
    SENTENCES,
    WHILE_LOOP,
    ReadingConfig,
    ReadingSpec,
    adding,
    imdb,
)
from shared.spec import ROUNDING, Learning, State, Target, Variant


class LSTM(ReadingSpec):
    Config = ReadingConfig
    summary = "praise or blame, a sentence read word by word"
    symbols = {
        **INPUTS,
        "cell/kernel": ("(E, 4H)", "weights of the inputs, for gates i, f, g, o"),
        "cell/recurrent_kernel": ("(H, 4H)", "weights of the last h"),
        "cell/bias": ("(4H,)", ""),
        "x": ("(N, T, E)", "word vectors"),
        "z": ("(N, T, 4H)", "the inputs' term of all gates"),
        "i, f, g, o": ("(N, H)", "input gate, forget gate, candidate, output gate"),
        "c, h": ("(N, H)", "cell, and what it shows; h of all steps is (N, T, H)"),
        **OUTPUTS,
    }
    variants = {
        "plain": Variant(
            data=SENTENCES, picture="reviews", learning=Learning(450, (Target("test_accuracy", 0.78),), 1e-4, ROUNDING)
        ),
        "while_loop": WHILE_LOOP,
        "adding": adding(Target("test_squared_error", 0.005, at_most=True), 0.4, PLATEAU),
    }

    on_request = {"imdb": imdb(1170, 1e-3, ROUNDING)}

    def cell(self) -> State:
        """Forget bias 1: the gate starts open (Gers et al. 2000)."""
        h = self.config.hidden
        bias = np.zeros(4 * h, np.float32)
        bias[h : 2 * h] = 1
        return {
            "kernel": self.weights("kernel", self.features, 4 * h),
            "recurrent_kernel": self.weights("recurrent_kernel", h, 4 * h),
            "bias": bias,
        }
