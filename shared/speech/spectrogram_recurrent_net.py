"""What the twins of the recurrent net for spectrograms share.

Twins: static_tf/speech/spectrogram_recurrent_net.py, dynamic_torch/speech/spectrogram_recurrent_net.py
"""

from dataclasses import dataclass

import numpy as np

from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import glorot_uniform
from shared.spec import State, Variant
from shared.speech.spoken_spec import (
    CLEAN,
    IN_NOISE,
    INPUTS,
    PROOF,
    SYNTHETIC,
    WITHOUT_NOISE,
    SpokenConfig,
    SpokenSpec,
    learned,
)


@dataclass(frozen=True)
class Config(SpokenConfig):
    channels: int = 16  # of the convolution
    hidden: int = 48  # of the GRU
    optimizer: OptimizerConfig = Adam(3e-3)
    loop: str = "unrolled"  # or "while_loop": how the graph goes through time; eager code has Python's loop for both

    @property
    def features(self) -> int:
        """What the GRU reads at each step: half as many bands as the spectrogram has, of all channels."""
        return self.bands // 2 * self.channels


class SpectrogramRecurrentNet(SpokenSpec):
    Config = Config
    summary = "spoken digits: the spectrogram, read frame by frame"
    symbols = {
        **INPUTS,
        "kernel, bias": ("(3, 3, 1, C), (C,)", "convolution, HWIO"),
        "z": ("(N, T, M, C)", "after convolution"),
        "features": ("(N, T/2, M/2 C)", "after ReLU and pooling: what is heard at each time"),
        "cell/kernel, cell/recurrent_kernel": ("(M/2 C, 3H), (H, 3H)", "weights of the features and of the last h"),
        "cell/bias, cell/recurrent_bias": ("(3H,)", "of r, u, n"),
        "h": ("(N, T/2, H)", "output of every step"),
        "pooled": ("(N, H)", "mean of h over time"),
        "w, b": ("(H, 10), (10,)", "last layer"),
        "logits": ("(N, 10)", "log-odds of each digit, up to a constant"),
    }
    sizes = {
        "proof": PROOF | {"channels": 4, "hidden": 6},
        "small": {},
        "medium": {"channels": 32, "hidden": 96, "batch": 120},
        "large": {"channels": 64, "hidden": 256, "batch": 360},
    }
    variants = {
        "plain": Variant(
            data=SYNTHETIC,
            picture="spoken",
            learning=learned(IN_NOISE, 300),
        ),
        "clean": Variant(
            data=CLEAN,
            picture="spoken",
            changes={"noise": 0.0},
            learning=learned(WITHOUT_NOISE, 300),
            timed=False,
        ),
    }

    def initial(self) -> State:
        """Glorot's uniform values, and biases of zero."""
        c, h = self.config, self.config.hidden
        shapes = {
            "kernel": (3, 3, 1, c.channels),
            "cell/kernel": (c.features, 3 * h),
            "cell/recurrent_kernel": (h, 3 * h),
            "w": (h, 10),
        }
        state = {name: glorot_uniform(self.random(name), shape) for name, shape in shapes.items()}
        biases = {"bias": c.channels, "cell/bias": 3 * h, "cell/recurrent_bias": 3 * h, "b": 10}
        return state | {name: np.zeros(units, np.float32) for name, units in biases.items()}
