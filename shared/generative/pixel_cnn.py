"""What the twins of the network that paints pixel by pixel share.

Twins: static_tf/generative/pixel_cnn.py, dynamic_torch/generative/pixel_cnn.py
"""

from dataclasses import dataclass

import numpy as np

from shared.generative.painting_spec import INPUTS, OUTPUTS, PaintingConfig, PaintingSpec, mask, painting
from shared.optimizers import Adam
from shared.randomness import glorot_uniform
from shared.spec import ROUNDING, State


@dataclass(frozen=True)
class Config(PaintingConfig):
    stacks: str = "masked"  # or "gated": two stacks, which see every pixel above; their kernels have fixed sizes


_KINKS = "steps over the kinks of ReLU: a twin's float64 curve is 0.008 from its own float32 one"


class PixelCNN(PaintingSpec):
    Config = Config
    summary = "digits, pixel by pixel: each is drawn from what the ones above and to the left make of it"
    symbols = {
        **INPUTS,
        "stack/layers/i/kernel": ("(K, K, 1 or C, C)", "masked: kernels, of which the pixels to come are set to 0"),
        "stack/layers/i/bias": ("(C,)", "masked: of each layer"),
        "stack/down1 .. downL": ("(2, 3, 1 or C, 2C)", "gated: kernels of the stack that sees the rows above"),
        "stack/across1 .. acrossL": (
            "(1, 2, 1 or C, 2C)",
            "gated: kernels of the stack that sees the pixels to the left",
        ),
        "stack/over1 .. overL": ("(1, 1, 2C, 2C)", "gated: from the one to the other"),
        "h1 .. hL": ("(N, H, W, C)", "the layers' outputs; of gated ones, those of the stack to the left"),
        **OUTPUTS,
    }
    sizes = {
        "proof": {"height": 5, "width": 6, "painted": 30, "kernel": 3, "depth": 2, "channels": 8, "batch": 9},
        "small": {},
        "medium": {"channels": 64, "batch": 128},
        "large": {"channels": 128, "batch": 256},
    }
    variants = {
        "plain": painting(800, 2e-2, _KINKS),
        "gated": painting(1000, 1e-5, ROUNDING, stacks="gated", depth=4, channels=24, optimizer=Adam(2e-3)),
    }
    without_baseline = "neither framework has a layer with a masked kernel; its other products are conv_net's"
    unseen = "the blind spot"

    def initial(self) -> State:
        """Glorot uniform; biases that are not 0, which would put all units over empty paper on the kink of ReLU."""
        c, gated = self.config, self.config.stacks == "gated"
        state: State = {"w": glorot_uniform(self.random("w"), (c.channels, 1)), "b": np.zeros(1, np.float32)}
        for i in range(c.depth):
            inputs, units = c.channels if i else 1, 2 * c.channels if gated else c.channels
            shapes: dict[str, tuple[int, ...]] = {f"stack/layers/{i}/kernel": (c.kernel, c.kernel, inputs, units)}
            if gated:
                shapes = {
                    f"stack/down{i + 1}": (2, 3, inputs, units),
                    f"stack/across{i + 1}": (1, 2, inputs, units),
                    f"stack/over{i + 1}": (1, 1, units, units),
                }
            state |= {name: glorot_uniform(self.random(name), shape) for name, shape in shapes.items()}
            bias = f"stack/bias{i + 1}" if gated else f"stack/layers/{i}/bias"
            state[bias] = self.random(f"bias{i + 1}").uniform(-0.1, 0.1, units).astype(np.float32)
        return state

    def seen(self, row: int, column: int) -> np.ndarray:
        """The pixels that the logit of one depends on (H, W): how far the kernels reach, layer after layer."""
        c = self.config
        found = np.zeros((c.height, c.width), bool)
        if c.stacks == "gated":
            before = np.arange(c.height * c.width).reshape(c.height, c.width) < row * c.width + column
            rows, columns = np.indices((c.height, c.width))
            beside = (rows == row) & (columns >= column - 1 - c.depth) & (columns < column)
            above = (row - rows <= c.depth + 1) & (np.abs(columns - column) <= c.depth) & (rows < row)
            return before & (beside | above)
        found[row, column] = True
        for i in range(c.depth, 0, -1):
            reached = np.zeros_like(found)
            for down, right in np.argwhere(mask(c.kernel, c.kernel, centre=i > 1)) - c.kernel // 2:
                rows, columns = np.nonzero(found)
                inside = (rows + down >= 0) & (columns + right >= 0) & (columns + right < c.width)
                reached[(rows + down)[inside], (columns + right)[inside]] = True
            found = reached
        return found
