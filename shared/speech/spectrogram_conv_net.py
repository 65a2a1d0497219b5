"""What the twins of the convolutional net for spectrograms share.

Twins: static_tf/speech/spectrogram_conv_net.py, dynamic_torch/speech/spectrogram_conv_net.py
"""

from dataclasses import dataclass

import numpy as np

from shared.optimizers import Adam
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
    fsdd_variant,
    learned,
)


@dataclass(frozen=True)
class Config(SpokenConfig):
    channels1: int = 16  # of the first convolution
    channels2: int = 24  # of the second
    channels3: int = 32  # of the third

    @property
    def pooled(self) -> int:
        """Units after the bands are halved three times."""
        return self.bands // 8 * self.channels3


class SpectrogramConvNet(SpokenSpec):
    Config = Config
    summary = "spoken digits: the spectrogram, seen as an image"
    symbols = {
        **INPUTS,
        "kernel1, kernel2, kernel3": ("(3, 3, 1, C1), (3, 3, C1, C2), (3, 3, C2, C3)", "convolutions, HWIO"),
        "bias1, bias2, bias3": ("(C1,), (C2,), (C3,)", "of the convolutions"),
        "z1, z2, z3": ("(N, T, M, C1), (N, T/2, M/2, C2), (N, T/4, M/4, C3)", "after convolution"),
        "h1, h2, h3": ("(N, T/2, M/2, C1), (N, T/4, M/4, C2), (N, T/8, M/8, C3)", "after ReLU and pooling"),
        "pooled": ("(N, M/8 C3)", "mean of h3 over time"),
        "w, b": ("(M/8 C3, 10), (10,)", "last layer"),
        "logits": ("(N, 10)", "log-odds of each digit, up to a constant"),
    }
    sizes = {
        "proof": PROOF | {"channels1": 4, "channels2": 7, "channels3": 8},
        "small": {},
        "medium": {"channels1": 32, "channels2": 48, "channels3": 64, "batch": 120},
        "large": {"channels1": 64, "channels2": 96, "channels3": 128, "batch": 360},
    }
    variants = {
        "plain": Variant(
            data=SYNTHETIC,
            picture="spoken",
            learning=learned(IN_NOISE, 400),
        ),
        "clean": Variant(
            data=CLEAN,
            picture="spoken",
            changes={"noise": 0.0, "optimizer": Adam(3e-3)},
            learning=learned(WITHOUT_NOISE, 300),
            timed=False,
        ),
    }
    on_request = {"fsdd": fsdd_variant(2000)}

    def initial(self) -> State:
        """Glorot's uniform values, and biases of zero."""
        c = self.config
        shapes = {
            "kernel1": (3, 3, 1, c.channels1),
            "kernel2": (3, 3, c.channels1, c.channels2),
            "kernel3": (3, 3, c.channels2, c.channels3),
            "w": (c.pooled, 10),
        }
        state = {name: glorot_uniform(self.random(name), shape) for name, shape in shapes.items()}
        biases = {"bias1": c.channels1, "bias2": c.channels2, "bias3": c.channels3, "b": 10}
        return state | {name: np.zeros(units, np.float32) for name, units in biases.items()}
