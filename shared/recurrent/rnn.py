"""What the twins of the plain recurrent network share.

Twins: static_tf/recurrent/rnn.py, dynamic_torch/recurrent/rnn.py
"""

import numpy as np

from shared.recurrent.reading_spec import INPUTS, OUTPUTS, SENTENCES, WHILE_LOOP, ReadingConfig, ReadingSpec, adding
from shared.spec import EXACT, ROUNDING, Learning, State, Target, Variant


class RNN(ReadingSpec):
    Config = ReadingConfig
    summary = "praise or blame, by a layer that reads its own last output"
    symbols = {
        **INPUTS,
        "cell/kernel": ("(E, H)", "weights of the inputs"),
        "cell/recurrent_kernel": ("(H, H)", "weights of the last h"),
        "cell/bias": ("(H,)", ""),
        "x": ("(N, T, E)", "word vectors"),
        "z": ("(N, T, H)", "the inputs' term"),
        "h": ("(N, T, H)", "output of every step"),
        **OUTPUTS,
    }
    variants = {
        "plain": Variant(
            data=SENTENCES, picture="reviews", learning=Learning(450, (Target("test_accuracy", 0.75),), 1e-4, ROUNDING)
        ),
        "while_loop": WHILE_LOOP,
        # not to be learned: the gradient has vanished on the way back to the first mark
        "adding": adding(Target("test_squared_error", 0.1), 1e-6, EXACT, "float64"),
    }

    def cell(self) -> State:
        h = self.config.hidden
        return {
            "kernel": self.weights("kernel", self.features, h),
            "recurrent_kernel": self.weights("recurrent_kernel", h, h),
            "bias": np.zeros(h, np.float32),
        }
