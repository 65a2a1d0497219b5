"""What the twins of the GRU share.

Twins: static_tf/recurrent/gru.py, dynamic_torch/recurrent/gru.py
"""

from dataclasses import dataclass

import numpy as np

from shared.recurrent.reading_spec import INPUTS, OUTPUTS, SENTENCES, WHILE_LOOP, ReadingConfig, ReadingSpec, adding
from shared.spec import ROUNDING, Learning, State, Target, Variant


@dataclass(frozen=True)
class Config(ReadingConfig):
    reset: str = "after"  # the product with the recurrent kernel, or "before" it


class GRU(ReadingSpec):
    Config = Config
    summary = "praise or blame, with two gates, in both definitions"
    symbols = {
        **INPUTS,
        "cell/kernel": ("(E, 3H)", "weights of the inputs, for r, u, n"),
        "cell/recurrent_kernel": ("(H, 3H), or (H, 2H)", "weights of the last h, for r, u, n; or for r, u"),
        "cell/candidate_kernel": ("(H, H)", "weights of r h, for n, where r comes before the product"),
        "cell/bias, cell/recurrent_bias": ("(3H,)", "the second only where r comes after the product"),
        "x": ("(N, T, E)", "word vectors"),
        "z": ("(N, T, 3H)", "the inputs' term of all gates"),
        "r, u, n": ("(N, H)", "reset gate, update gate, candidate"),
        "h": ("(N, T, H)", "output of every step"),
        **OUTPUTS,
    }
    variants = {
        "plain": Variant(
            data=SENTENCES, picture="reviews", learning=Learning(450, (Target("test_accuracy", 0.78),), 1e-4, ROUNDING)
        ),
        "reset_before": Variant(
            data=SENTENCES,
            picture="reviews",
            changes={"reset": "before"},
            learning=Learning(450, (Target("test_accuracy", 0.78),), 1e-4, ROUNDING),
        ),
        "while_loop": WHILE_LOOP,
        "adding": adding(Target("test_squared_error", 0.005, at_most=True)),
    }

    def cell(self) -> State:
        """Bias 1 of both gates, as in TF1's GRUCell: they start open."""
        h = self.config.hidden
        bias = np.zeros(3 * h, np.float32)
        bias[: 2 * h] = 1
        state = {"kernel": self.weights("kernel", self.features, 3 * h), "bias": bias}
        if self.config.reset == "before":
            return state | {
                "recurrent_kernel": self.weights("recurrent_kernel", h, 2 * h),
                "candidate_kernel": self.weights("candidate_kernel", h, h),
            }
        return state | {
            "recurrent_kernel": self.weights("recurrent_kernel", h, 3 * h),
            "recurrent_bias": np.zeros(3 * h, np.float32),
        }
