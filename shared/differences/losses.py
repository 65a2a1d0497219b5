"""Losses, activations, gradients at corners: the known differences."""

import numpy as np

from shared.differences.difference import INFINITE, Difference

TIED = [[1.0, 3.0, 3.0, 2.0], [2.0, 2.0, 2.0, 2.0], [0.0, -1.0, 0.0, 0.0], [5.0, 1.0, 4.0, 5.0]]


ROWS = (
    Difference(
        name="loss_reduction",
        topic="losses",
        title="Losses: TF1's cross-entropy is one number an example, PyTorch's the mean; weighted means differ",
        static="cross-entropy per example; tf.losses: sum(weight loss) / number of non-zero weights",
        dynamic="reduction='mean'; mean(weight loss) divides by all",
        align="reduction='none'; divide by (weights != 0).sum()",
        arrays={
            "logits": (4, 3),
            "labels": [0, 2, 1, 1],
            "prediction": [1.0, -2.0, 3.0, 5.0, 0.5, 2.0],
            "target": [0.0, 1.0, 1.0, 4.0, -1.5, 2.5],
            "weights": [1.0, 0.0, 2.0, 0.0, 0.5, 1.0],
        },
        expected={"gradient of cross-entropy": 0.75, "weighted": 0.33},
    ),
    Difference(
        name="log_loss",
        topic="losses",
        title="Log loss: TF1 adds 1e-7 within the logarithm, in float32; PyTorch stops the logarithm at -100",
        static="- y log(p + 1e-7) - (1 - y) log(1 - p + 1e-7)",
        dynamic="- y max(log p, -100) - (1 - y) max(log(1 - p), -100)",
        align="write TF1's formula out on both sides; or compute the loss from logits, where both are equal",
        arrays={"p": [0.0, 1.0, 0.3, 0.0], "y": [1.0, 1.0, 0.0, 0.0], "logits": [-8.0, 2.0, 1.0, -1.0]},
        expected={"inside": 3.1e-05, "at 0 and 1": 0.84, "from logits": 0},
    ),
    Difference(
        name="activations",
        topic="losses",
        title="Activations: leaky ReLU, hard sigmoid, softplus and GELU by tanh have other constants",
        static="leaky float32(0.2); hard sigmoid 0.2 x + 0.5 (old Keras); softplus log(1 + e^x); GELU by tanh",
        dynamic="leaky 0.01; hardsigmoid relu6(x + 3) / 6; softplus x above 20; GELU by erf",
        align="leaky_relu(x, float(np.float32(0.2))); (0.2 x + 0.5).clamp(0, 1); threshold=100; approximate='tanh'",
        arrays={"x": (50,)},
        expected={"leaky ReLU": 0.22, "hard sigmoid": 0.072, "softplus": 4e-11, "GELU": 0, "GELU by tanh": 0.00022},
    ),
    Difference(
        name="selu_at_zero",
        topic="losses",
        title="SELU's gradient at 0 is from the right in TF1, from the left in PyTorch",
        static="SELU'(0) = scale = 1.0507",
        dynamic="SELU'(0) = scale alpha = 1.7581",
        align="torch.where(x >= 0, scale x, scale alpha (e^x - 1))",
        arrays={"x": (6,), "zero": [0.0]},
        expected={"selu": 0, "gradient": 0, "gradient at 0": 0.4},
    ),
    Difference(
        name="max_ties",
        topic="losses",
        title="Ties: who gets the gradient of a maximum",
        static="reduce_max: all tied alike; maximum and minimum: the first",
        dynamic="max(dim): one of them; amax: all alike; maximum and minimum: half each",
        align="amax for reduce_max; torch.where(a >= b, a, b) for maximum",
        arrays={
            "a": TIED,
            "b": [[1.0, 2.0, 4.0, 2.0], [2.0, 3.0, 2.0, 1.0], [0.0, 0.0, -1.0, 0.0], [5.0, 2.0, 3.0, 5.0]],
        },
        expected={"reduce_max": 0.78, "maximum": 0.41, "minimum": 0.41},
    ),
    Difference(
        name="norm_at_zero",
        topic="losses",
        title="The gradient of a norm at 0 is NaN in TF1, 0 in PyTorch",
        static="x / |x| = 0 / 0",
        dynamic="0",
        align="in TF1, put 1 under the root where it is 0, and 0 for the result",
        arrays={"x": [[0.0, 0.0, 0.0], [1.0, 2.0, -2.0], [0.0, 3.0, 0.0]], "zero": [0.0, 4.0]},
        expected={
            "norm": 0,
            "gradient of norm": INFINITE,
            "gradient of sqrt": 0,
            "gradient of a power": 0,
            "gradient of a masked log": 0,
        },
        note="Equal as they come: the slope of a root at 0 is infinite, and that of log x behind a where is NaN.",
    ),
    Difference(
        name="top_k_ties",
        topic="losses",
        title="The largest k: at ties TF1 takes the lower index, PyTorch promises no order",
        static="top_k: ties in order of index; argmax: the first",
        dynamic="topk: any order; argmax: the first",
        align="x.sort(descending=True, stable=True), and its first k",
        arrays={"x": np.tile(TIED, (1, 4))},
        expected={"values": 0, "indices": 0.82, "argmax": 0},
    ),
    Difference(
        name="corners",
        topic="losses",
        title="Corners that were checked: equal",
        static="at 0, ReLU and abs have gradient 0; clip has 1 at its bounds; round goes half to even; and others",
        dynamic="the same",
        align="nothing to do",
        arrays={
            "x": [-3.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.5, 6.0, 7.5],
            "y": [0.0, 1.0, 1.0, 0.0, 1.0, 0.5, 0.0, 1.0, 0.0, 1.0, 0.0],
            "images": np.ones((1, 4, 4, 1)),
        },
        expected={
            "sigmoid cross-entropy": 0,
            "ReLU": 0,
            "abs": 0,
            "clip": 0,
            "ReLU6": 0,
            "ELU": 0,
            "max pool": 0,
            "product": 0,
            "round": 0,
            "floor mod": 0,
            "to integer": 0,
        },
    ),
)
