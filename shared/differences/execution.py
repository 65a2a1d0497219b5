"""Randomness, precision, execution: the known differences."""

from shared.differences.difference import Difference
from shared.randomness import generator

ROWS = (
    Difference(
        name="dropout",
        topic="execution",
        title="Dropout: other random numbers from the same seed; TF1's keep_prob is one minus PyTorch's p",
        static="x / keep_prob where kept; Philox",
        dynamic="x / (1 - p) where kept; Mersenne Twister on a CPU",
        align="give both the same mask: x (uniform >= rate) / (1 - rate); p = 1 - keep_prob",
        arrays={"x": (100,), "uniform": generator("differences", "uniform").uniform(size=100)},
        expected={"dropped": 0.77, "scale": 0, "scale, keep_prob": 0.75},
    ),
    Difference(
        name="initialisers",
        topic="execution",
        title="Initial values: Glorot and zero biases in TF1, uniform by fan-in in PyTorch; normals cut elsewhere",
        static="U(+-sqrt(6 / (in + out))), bias 0; a truncated normal is redrawn beyond 2 sigma: spread 0.88 sigma",
        dynamic="U(+-1 / sqrt(in)), of the bias too; trunc_normal_ cuts at -2 and 2, whatever sigma",
        align="give both the same numbers, drawn once: uniform ones through the distribution's inverse",
        arrays={"uniform": generator("differences", "uniform").uniform(size=(60, 30))},
        expected={"dense weights": 0.51, "dense bias": 1, "truncated normal": 0.14},
        note="Standard deviations are compared. Recurrent layers and embeddings have yet other initialisers.",
    ),
    Difference(
        name="reduced_precision",
        topic="execution",
        title="TF32: TensorFlow allows it for matrix products, PyTorch does not; for convolutions both do",
        static="tf.config.experimental.enable_tensor_float_32_execution: on",
        dynamic="torch.backends.cuda.matmul.allow_tf32: off; torch.backends.cudnn.allow_tf32: on",
        align="switch it off on both sides, and compute in float64 what must be exact",
        arrays={"a": (64, 64), "b": (64, 64)},
        expected={"TF32 in matrix products": 1, "TF32 in convolutions": 0, "float64 matrix product": 0},
        note="What TF32 does to a result shows on a GPU only: 10 bits of 23 are left. On a CPU, float32 products"
        " may be equal, and equally wrong: judge both against float64.",
    ),
    Difference(
        name="subnormal",
        topic="execution",
        title="Numbers below the smallest normal one: TensorFlow takes them as 0 on a CPU, PyTorch keeps them",
        static="0 below 2^-126 in float32, 2^-1022 in float64, as an input or a result of a kernel",
        dynamic="subnormal numbers, with fewer digits",
        align="torch.set_flush_denormal(True)",
        arrays={"x": [3e-308, -2.5e-308, 4e-308], "shrink": 2.0**-8, "grow": 1e307},
        expected={"x, shrunk and grown": 1},
        note="It shows in float32: the second moment of a gradient of 1e-18 is 1e-39 in Adam. A logarithm or a quotient"
        " of such a number is infinite on one side.",
    ),
    Difference(
        name="gather_out_of_range",
        topic="execution",
        title="Indices and fetches: PyTorch counts negative indices from the end, and numpy() shares memory",
        static="tf.gather refuses an index past either end (on a CPU); session.run returns a copy",
        dynamic="x[[-1]] is the last row; index_select refuses it; x.numpy() is the tensor's own memory",
        align="index_select; x.numpy().copy()",
        arrays={"x": (4, 3)},
        expected={
            "an index past the end is refused": 0,
            "a negative index is refused": 1,
            "after writing into what was fetched": 0.69,
        },
        note="On a GPU, TensorFlow returns zeros for an index past the end. That every fetch is copied to the host"
        " costs time there.",
    ),
    Difference(
        name="control_flow",
        topic="execution",
        title="Control flow: TF1 traces both branches once, Python runs one at every step; variables are shared"
        " by name or by object",
        static="tf.cond builds both; get_variable makes a new one unless its scope is reused; unused: None",
        dynamic="`if` runs one; a module called twice has one set; an unused parameter: None",
        align="torch.where runs both; reuse=tf.AUTO_REUSE shares; zeros for None: unconnected_gradients='zero' and"
        " materialize_grads=True",
        arrays={"x": (2, 3), "w": (3, 4), "unused": (2,)},
        expected={
            "y": 0,
            "branches traced": 0.5,
            "gradient of what is not used": 0,
            "variables after two calls": 0.5,
        },
    ),
)
