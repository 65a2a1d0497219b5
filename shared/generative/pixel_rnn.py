"""What the twins of the recurrent network that paints row by row share.

Twins: static_tf/generative/pixel_rnn.py, dynamic_torch/generative/pixel_rnn.py
"""

from dataclasses import dataclass

import numpy as np

from shared.generative.painting_spec import INPUTS, OUTPUTS, PaintingConfig, PaintingSpec, painting
from shared.optimizers import Adam, OptimizerConfig
from shared.randomness import glorot_uniform
from shared.spec import ROUNDING, State


@dataclass(frozen=True)
class Config(PaintingConfig):
    depth: int = 2
    optimizer: OptimizerConfig = Adam(5e-3)


class PixelRNN(PaintingSpec):
    Config = Config
    summary = "digits, row by row: an LSTM whose state is a row goes down the image"
    symbols = {
        **INPUTS,
        "first/kernel": ("(K, K, 1, C)", "first convolution; set to 0 for the pixel itself and those to come"),
        "first/bias": ("(C,)", "of the first convolution"),
        "layers/i/input_term/kernel": ("(1, K, C, 4C)", "of the inputs, for i, f, g, o; 0 for the pixels to come"),
        "layers/i/input_term/bias": ("(4C,)", "of i, f, g, o"),
        "layers/i/recurrent_kernel": ("(K, C, 4C)", "of the row above"),
        "z_r": ("(N, W, 4C)", "the inputs' term of all gates, in row r"),
        "i, f, g, o": ("(N, W, C)", "input gate, forget gate, candidate, output gate"),
        "c_r, h_r": ("(N, W, C)", "cells of row r, and what they show"),
        "h0 .. hL": ("(N, H, W, C)", "what the first convolution finds, and the layers' outputs"),
        **OUTPUTS,
    }
    sizes = {
        "proof": {"height": 3, "width": 4, "painted": 12, "kernel": 3, "channels": 5, "batch": 9},
        "small": {},
        "medium": {"channels": 64, "batch": 128},
        "large": {"channels": 128, "batch": 256},
    }
    variants = {"plain": painting(400, 1e-5, ROUNDING)}
    without_baseline = "neither framework has an LSTM whose products are convolutions; lstm is timed beside their layer"
    unseen = "those to the right of its triangle"

    def initial(self) -> State:
        """Glorot uniform; forget bias 1: the gate starts open (Gers et al. 2000)."""
        k, c = self.config.kernel, self.config.channels
        shapes: dict[str, tuple[int, ...]] = {"first/kernel": (k, k, 1, c), "w": (c, 1)}
        biases = {"first/bias": np.zeros(c, np.float32), "b": np.zeros(1, np.float32)}
        forget = np.repeat(np.array([0, 1, 0, 0], np.float32), c)
        for i in range(self.config.depth):
            shapes[f"layers/{i}/input_term/kernel"] = (1, k, c, 4 * c)
            shapes[f"layers/{i}/recurrent_kernel"] = (k, c, 4 * c)
            biases[f"layers/{i}/input_term/bias"] = forget
        return biases | {name: glorot_uniform(self.random(name), shape) for name, shape in shapes.items()}

    def seen(self, row: int, column: int) -> np.ndarray:
        """The pixels that the logit of one depends on (H, W): a triangle, wider by the layers' kernels on the left."""
        half, layers = self.config.kernel // 2, self.config.depth + 1
        above = row - np.arange(self.config.height)[:, None]  # by how many rows
        right = np.arange(self.config.width) - column  # by how many columns
        inside = (-half * (above + layers) <= right) & (right <= half * above)
        return inside & ((above > 0) | ((above == 0) & (right < 0)))
