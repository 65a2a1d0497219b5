"""The known differences between TensorFlow 1 and PyTorch: what differs, each side's formula, how to align.

One row a difference. Two functions of its name run it, one in static_tf/differences.py and one in
dynamic_torch/differences.py, on the arrays given here; `benchmarks differences` measures how far apart they are, with
the defaults of the frameworks and aligned. What was found equal is a row too: it need not be suspected.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import numpy as np

from shared.errors import unknown
from shared.randomness import generator

Probe = Callable[..., dict[str, Any]]

TOPICS = ("optimizers", "normalisation", "convolution", "recurrent", "losses", "execution")

# Equal formulas differ by about 1e-16 in float64; the smallest difference in the table is 4e-11.
ROUNDING = 1e-12

INFINITE = float("inf")  # a number on one side, NaN or infinity on the other


@dataclass(frozen=True)
class Difference:
    """One known difference.

    `expected` and `residual` are pins: what was measured of each output on the versions in constraints.txt, with the
    defaults and aligned. A number that is not there any more means that a framework has changed.

    Symbols: w parameter, g gradient, t step, lr learning rate, d decay, m momentum, eps epsilon.
    """

    name: str
    topic: str
    title: str  # what differs, in a sentence: "<title>: explains the residual"
    static: str  # TF1's formula, with its defaults
    dynamic: str  # PyTorch's
    align: str  # what makes both equal
    arrays: Mapping[str, Any]  # what both probes read: a shape stands for normal random numbers
    expected: Mapping[str, float]  # output -> relative difference with both defaults; 0: equal to ROUNDING
    residual: Mapping[str, float] = field(default_factory=dict)  # output -> what is left when aligned, if it is not 0
    note: str = ""  # what cannot be measured here

    @property
    def convertible(self) -> bool:
        """Whether the two can be made equal to rounding."""
        return not any(self.residual.values())

    @property
    def equal(self) -> bool:
        """Whether the two are equal as they come."""
        return not any(self.expected.values())

    def inputs(self) -> dict[str, np.ndarray]:
        """What both probes read, by name; the same at every call."""
        return {
            key: generator("differences", self.name, key).normal(size=value)
            if isinstance(value, tuple)
            else np.array(value)
            for key, value in self.arrays.items()
        }


def call(probe: Probe, inputs: Mapping[str, Any], aligned: bool) -> dict[str, Any]:
    """What a probe returns. The side that is written differently to be aligned has a parameter for it."""
    options = {"aligned": aligned} if "aligned" in signature(probe).parameters else {}
    return probe(**inputs, **options)


STEADY, FALLING = [0.1] * 6, [0.1, 0.1, 0.05, 0.05, 0.01, 0.01]  # learning rates
DESCENT = {"w": (5,), "gradients": (6, 5), "rates": STEADY}
FALLING_DESCENT = {**DESCENT, "rates": FALLING}
WHOLE_PIXELS = generator("differences", "pixels").integers(-8, 8, (2, 8, 8, 2)).astype(float)
TIED = [[1.0, 3.0, 3.0, 2.0], [2.0, 2.0, 2.0, 2.0], [0.0, -1.0, 0.0, 0.0], [5.0, 1.0, 4.0, 5.0]]

DIFFERENCES: dict[str, Difference] = {
    row.name: row
    for row in (
        # Optimizers
        Difference(
            name="rmsprop",
            topic="optimizers",
            title="RMSProp: TF1's mean square starts at 1, decays by 0.9 and takes epsilon inside of the root",
            static="ms_0 = 1; ms = d ms + (1 - d) g^2; w = w - lr g / sqrt(ms + eps); d = 0.9, eps = 1e-10",
            dynamic="v_0 = 0; v = d v + (1 - d) g^2; w = w - lr g / (sqrt(v) + eps); d = 0.99, eps = 1e-8",
            align="write TF1's formula out; with eps = 0, rmsprop_slot is enough",
            arrays=DESCENT,
            expected={"w": 0.59},
        ),
        Difference(
            name="rmsprop_momentum",
            topic="optimizers",
            title="RMSProp with momentum: TF1 keeps the learning rate in the velocity; centred, epsilon is in the root",
            static="mom = m mom + lr g / sqrt(ms + eps); w = w - mom; centred: sqrt(ms - mg^2 + eps)",
            dynamic="buf = m buf + g / (sqrt(v) + eps); w = w - lr buf; centred: sqrt(v - mg^2) + eps",
            align="write TF1's formula out; equal as they are while lr is constant and eps = 0",
            arrays=FALLING_DESCENT,
            expected={"momentum": 0.25, "centred": 9.6e-05},
            note="Both begin with a mean square of 1 and d = 0.9 here, so that nothing else differs.",
        ),
        Difference(
            name="rmsprop_slot",
            topic="optimizers",
            title="RMSProp: mean-square slot starts at 1 in TF1, at 0 in PyTorch",
            static="ms_0 = 1",
            dynamic="v_0 = 0",
            align="put ones into state[w]['square_avg'], and the decay and epsilon of one side into the other",
            arrays=DESCENT,
            expected={"w": 0.2},
            note="d = 0.9 and eps = 0 on both sides here, so that nothing else differs.",
        ),
        Difference(
            name="adagrad_accumulator",
            topic="optimizers",
            title="Adagrad: the sum of squares starts at 0.1 in TF1, at 0 in PyTorch, which also adds an epsilon",
            static="acc_0 = 0.1; acc = acc + g^2; w = w - lr g / sqrt(acc)",
            dynamic="acc_0 = 0; acc = acc + g^2; w = w - lr g / (sqrt(acc) + 1e-10)",
            align="torch.optim.Adagrad(..., initial_accumulator_value=0.1, eps=0)",
            arrays=DESCENT,
            expected={"w": 0.037},
        ),
        Difference(
            name="adadelta_defaults",
            topic="optimizers",
            title="Adadelta: one formula, other defaults",
            static="lr = 0.001, rho = 0.95, eps = 1e-8",
            dynamic="lr = 1, rho = 0.9, eps = 1e-6",
            align="torch.optim.Adadelta(..., lr=0.001, rho=0.95, eps=1e-8)",
            arrays={**DESCENT, "rates": [1.0] * 6},
            expected={"w": 0.0071},
        ),
        Difference(
            name="adam_epsilon",
            topic="optimizers",
            title="Adam: TF1 adds epsilon to the root before its correction (eps-hat), PyTorch after it",
            static="w = w - lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps); eps = 1e-8",
            dynamic="w = w - lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps); eps = 1e-8",
            align="write one of the formulas out: PyTorch's eps would have to be eps / sqrt(1 - b2^t) at step t",
            arrays=DESCENT,
            expected={"w": 9.4e-07, "w, small gradients": 0.046},
            note="Keras's Adam takes eps = 1e-7. It counts where gradients are small: they are 1e-6 in one output.",
        ),
        Difference(
            name="momentum_rate",
            topic="optimizers",
            title="Momentum: the learning rate is outside of the velocity in TF1 and PyTorch, inside in Keras",
            static="TF1: acc = m acc + g; w = w - lr acc. Keras, Caffe: v = m v - lr g; w = w + v",
            dynamic="SGD: buf = m buf + (1 - dampening) g, at first buf = g; w = w - lr buf; dampening = 0",
            align="nothing to do for TF1; for Keras, write it out; for dampening, begin with a buffer of zeros",
            arrays=FALLING_DESCENT,
            expected={"TF1": 0, "Keras, Caffe": 0.17, "dampening": 0.062},
            note="TF1's own momentum is equal as it comes, under a changing learning rate too.",
        ),
        Difference(
            name="nesterov",
            topic="optimizers",
            title="Nesterov's momentum: equal",
            static="acc = m acc + g; w = w - lr g - lr m acc",
            dynamic="buf = m buf + g; w = w - lr (g + m buf)",
            align="nothing to do",
            arrays=FALLING_DESCENT,
            expected={"w": 0},
        ),
        Difference(
            name="float32_hyperparameters",
            topic="optimizers",
            title="Hyper-parameters: TF1 rounds a Python number to float32, also for float64 variables",
            static="lr = float32(0.1), m = float32(0.9)",
            dynamic="lr = 0.1, m = 0.9 in float64",
            align="give TF1's optimizers np.float64(0.1)",
            arrays={"w": (5,), "gradients": (20, 5)},
            expected={"w": 1.5e-07},
        ),
        Difference(
            name="sparse_gradients",
            topic="optimizers",
            title="Embeddings: TF1's momentum and RMSProp move only the rows that were looked up",
            static="the gradient of a look-up is tf.IndexedSlices; slots of other rows rest; Adam's do not",
            dynamic="the gradient of a look-up is dense: all slots decay",
            align="tf.convert_to_tensor(gradient) before apply_gradients",
            arrays={
                "w": (5, 3),
                "words": [[0, 1, 2, 3, 4], [0, 0, 1, 2, 0], [4, 1, 1, 0, 4], [2, 2, 2, 2, 3]],
                "errors": (4, 5, 3),
                "rates": [0.1] * 4,
            },
            expected={"momentum": 0.16, "RMSProp": 0.0044, "Adam": 0},
        ),
        Difference(
            name="weight_decay",
            topic="optimizers",
            title="Weight decay: in TF1 a term of the loss for chosen tensors, in PyTorch an option for all of them",
            static="tf.nn.l2_loss(w) = sum(w^2) / 2: gradient lambda w. Keras's l2(lambda): 2 lambda w",
            dynamic="weight_decay = lambda: gradient lambda w, of all tensors. AdamW: w = w - lr lambda w",
            align="2 lambda for Keras's l2; parameter groups without decay; Adam, not AdamW, for a term of the loss",
            arrays=DESCENT,
            expected={"l2_loss": 0, "Keras l2": 0.054, "a bias": 0.053, "Adam": 0.011},
        ),
        Difference(
            name="quasi_newton",
            topic="optimizers",
            title="BFGS: neither framework has it whole; PyTorch's LBFGS takes other steps than SciPy's BFGS",
            static="SciPy's BFGS drives the session: a line search by the Wolfe conditions, gtol = 1e-5",
            dynamic="LBFGS: lr = 1 without line search, first step scaled by min(1, 1 / |g|_1), history = 100",
            align="drive both sides by the same loop on the host: scipy.optimize.minimize(method='BFGS', jac=True)",
            arrays={"w": (5,)},
            expected={"w": 0.55},
            note="Four iterations of each. TF1's own interface to SciPy was in tf.contrib, and is gone.",
        ),
        Difference(
            name="gradient_clip",
            topic="optimizers",
            title="Clipping adds 1e-6 to the norm in PyTorch; its schedules count calls, TF1's count steps",
            static="g c / max(|g|, c); exponential_decay: lr d^(t / T), smooth unless staircase",
            dynamic="g min(1, c / (|g| + 1e-6)); StepLR: lr d^floor(t / T), t = calls of scheduler.step()",
            align="scale by c / max(|g|, c) by hand; LambdaLR with TF1's formula, called once a step",
            arrays=DESCENT,
            expected={"clipped": 2.3e-07, "rates": 0.044},
        ),
        # Normalisation
        Difference(
            name="batch_norm_momentum",
            topic="normalisation",
            title="Batch norm: TF1's momentum is the share that stays, PyTorch's the new one; epsilons differ",
            static="average = 0.99 average + 0.01 batch; eps = 1e-3",
            dynamic="average = 0.9 average + 0.1 batch; eps = 1e-5",
            align="momentum = 1 - decay and the same eps",
            arrays={"x": (3, 8, 4)},
            expected={"running mean": 0.89, "normalised": 0.0013},
        ),
        Difference(
            name="batch_norm_variance",
            topic="normalisation",
            title="Batch norm by tf.nn.moments keeps the biased variance, PyTorch the unbiased one",
            static="tf.nn.moments: sum (x - mean)^2 / n; tf.nn.fused_batch_norm returns it times n / (n - 1)",
            dynamic="running_var moves towards sum (x - mean)^2 / (n - 1)",
            align="multiply the variance of tf.nn.moments by n / (n - 1) before it is kept",
            arrays={"x": (8, 4), "images": [[[[3.0, -1.0]]], [[[7.0, 4.0]]]]},
            expected={"moments": 0.125, "fused_batch_norm": 0, "epsilon in use": 0},
            note="The fused kernel has no float64: two whole numbers a channel, which float32 averages exactly."
            " Old versions raised an epsilon of 1e-5 to 1.001e-5 for cuDNN; this one uses it as it is, on a CPU.",
        ),
        Difference(
            name="batch_norm_updates",
            topic="normalisation",
            title="Batch norm: TF1's averages move only if UPDATE_OPS is run; a new module is in training mode",
            static="updates wait in tf.GraphKeys.UPDATE_OPS; the mode is fed, False by default here",
            dynamic="a forward pass in training mode moves them; training is True until eval() is called",
            align="run the step under control_dependencies(UPDATE_OPS); call eval() to predict",
            arrays={"x": (8, 4)},
            expected={"running mean": 1, "output": 0.39},
        ),
        Difference(
            name="layer_norm_epsilon",
            topic="normalisation",
            title="Layer norm: three epsilons; and PyTorch's var is unbiased unless it is told otherwise",
            static="tf.contrib 1e-12, Keras 1e-3; tf.math.reduce_variance divides by n",
            dynamic="eps = 1e-5; torch.var divides by n - 1",
            align="F.layer_norm(..., eps=1e-12 or 1e-3); x.var(correction=0)",
            arrays={"x": (4, 6)},
            expected={"contrib": 2e-05, "Keras": 0.0019, "variance": 0.17},
            note="tf.contrib is gone: its layer norm is written out with the epsilon it had.",
        ),
        Difference(
            name="l2_normalize",
            topic="normalisation",
            title="Scaling to length 1: epsilon bounds the squared length in TF1, the length in PyTorch",
            static="x / sqrt(max(sum x^2, 1e-12))",
            dynamic="x / max(|x|, 1e-12)",
            align="x * x.square().sum().clamp(min=1e-12).rsqrt()",
            arrays={"x": (3, 4), "small": [[1e-7, 1e-7, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]},
            expected={"x": 0, "small x": 0.86},
        ),
        Difference(
            name="local_response_norm",
            topic="normalisation",
            title="Local response normalisation: TF1 sums over the window, PyTorch averages; all defaults differ",
            static="x / (k + alpha sum x^2)^beta over 2 r + 1 channels; r = 5, k = 1, alpha = 1, beta = 0.5",
            dynamic="x / (k + alpha mean x^2)^beta over `size` channels; k = 1, alpha = 1e-4, beta = 0.75",
            align="size = 2 r + 1, alpha = TF1's alpha times size; in float64, write TF1's formula out",
            arrays={"x": (2, 3, 3, 16)},
            expected={"y": 0.69},
            note="TF1's kernel has no float64 and comes within 1e-7; aligned stands for the formula, written out.",
        ),
        # Convolution, pooling, resizing, layout
        Difference(
            name="same_padding",
            topic="convolution",
            title="SAME with stride 2 pads more behind than before, padding=1 alike on both sides",
            static="total = max((ceil(n / s) - 1) s + (k - 1) d + 1 - n, 0); before = total // 2, the rest behind",
            dynamic="padding=1: one before, one behind; padding='same' refuses strides",
            align="F.pad(x, (0, 1, 0, 1)), then convolve without padding",
            arrays={"x": (2, 8, 8, 2), "kernel": (3, 3, 2, 3)},
            expected={"stride 1": 0, "stride 2": 1.5, "dilation 2": 0},
        ),
        Difference(
            name="transposed_convolution",
            topic="convolution",
            title="A transposed convolution with SAME is cropped at the end, not padded on both sides",
            static="SAME, stride 2, kernel 3: the full result, its first 2 n pixels",
            dynamic="padding=1, output_padding=1: the full result without its first pixel",
            align="padding 0, then crop the end to 2 n",
            arrays={"x": (2, 4, 4, 2), "kernel": (3, 3, 3, 2)},
            expected={"y": 1.4},
        ),
        Difference(
            name="average_pool_padding",
            topic="convolution",
            title="Pooling with SAME leaves the padding out of its averages, and pads unevenly",
            static="the mean over the pixels inside of the image; the maximum over the same window",
            dynamic="padding=1: zeros count (count_include_pad=True), one before, one behind",
            align="count_include_pad=False; with stride 2, pad behind and divide by the share of pixels inside",
            arrays={"x": (2, 6, 6, 2)},
            expected={"average, stride 1": 0.34, "average, stride 2": 0.79, "largest, stride 2": 0.48},
        ),
        Difference(
            name="layouts",
            topic="convolution",
            title="Layouts: channels, kernels and dense weights stand in another order",
            static="images NHWC; kernels HWIO, transposed HWOI, depthwise HWCM; dense (in, out)",
            dynamic="images NCHW; kernels OIHW, transposed IOHW, depthwise (C M) 1 H W; dense (out, in)",
            align="permute(3, 2, 0, 1); depthwise permute(2, 3, 0, 1); transpose; NHWC before an image is flattened",
            arrays={"x": (2, 4, 4, 4), "kernel": (3, 3, 4, 4), "w": (64, 3), "square": (4, 4)},
            expected={
                "convolution": 1.5,
                "transposed convolution": 1.3,
                "depthwise convolution": 1.4,
                "dense": 1.4,
                "dense after flattening": 0.89,
            },
            note="The default stands for what fits without an error: equal numbers of channels hide an exchange.",
        ),
        Difference(
            name="resize_bilinear",
            topic="convolution",
            title="Resizing: TF1 takes the corner of a pixel for its place, PyTorch the middle; bicubics differ too",
            static="bilinear: source = target * scale; bicubic with a = -0.5",
            dynamic="source = (target + 0.5) scale - 0.5; bicubic with a = -0.75",
            align="half_pixel_centers=True, or align_corners=True on both sides; the cubic written out",
            arrays={"x": WHOLE_PIXELS},
            expected={"twice the size": 0.52, "corners aligned": 0, "bicubic, inside": 0.087},
            note="TF1's kernels return float32: whole numbers at twice the size, which float32 computes exactly. At the"
            " border the bicubics differ once more (PyTorch repeats it, TF1 leaves it out), so the inside is compared.",
        ),
        Difference(
            name="resize_nearest",
            topic="convolution",
            title="Nearest neighbours, depth to space and mirrored padding: other conventions under similar names",
            static="nearest by corners; depth_to_space reads (r, r, C); SYMMETRIC repeats the border",
            dynamic="'nearest' alike, 'nearest-exact' by middles; pixel_shuffle reads (C, r, r); reflect has no repeat",
            align="'nearest-exact' for half_pixel_centers; reorder the channels; concatenate flipped borders",
            arrays={"x": (2, 8, 8, 8)},
            expected={"nearest": 0, "half pixel": 1.3, "depth to space": 1.2, "symmetric padding": 1},
        ),
        # Recurrent nets, attention, sequences
        Difference(
            name="lstm_gates",
            topic="recurrent",
            title="LSTM: gates i, j, f, o in TF1 with 1 added to f as it runs, i, f, g, o in PyTorch with two biases",
            static="one kernel [x; h] x 4H; c = sigmoid(f + 1) c + sigmoid(i) tanh(j); the 1 is in no checkpoint",
            dynamic="c = sigmoid(f) c + sigmoid(i) tanh(g); biases b_ih and b_hh are added",
            align="reorder the gates, add 1 to the bias of f, and set the second bias to 0",
            arrays={"x": (2, 5, 3), "kernel": (7, 16), "bias": (16,)},
            expected={"h": 1.6, "c": 1.1},
        ),
        Difference(
            name="gru_reset",
            topic="recurrent",
            title="GRU: TF1 resets the state before its matrix product, PyTorch and cuDNN after it",
            static="c = tanh(W x + U (r * h) + b); h = u h + (1 - u) c; the gates' bias starts at 1",
            dynamic="n = tanh(W x + b + r * (U h + b')); h = z h + (1 - z) n",
            align="no rearrangement of weights does it: write the cell of one side out on the other",
            arrays={"x": (2, 5, 3), "kernel": (3, 12), "recurrent_kernel": (4, 12), "bias": (12,)},
            expected={"the library's layer": 0.094, "written out": 0.094},
            residual={"the library's layer": 0.094},
        ),
        Difference(
            name="sequence_lengths",
            topic="recurrent",
            title="Sequences of different lengths: TF1 stops each at its end, PyTorch runs on unless they are packed",
            static="dynamic_rnn(sequence_length): outputs are 0 and the state rests past the end; batch first",
            dynamic="every step is run; time first",
            align="pack_padded_sequence and pad_packed_sequence(total_length=T); batch_first=True",
            arrays={"x": (4, 4, 3), "lengths": [4, 1, 3, 2], "w": (3, 3), "u": (3, 3)},
            expected={"outputs": 0.59, "state": 1.6, "batch first": 1.1},
        ),
        Difference(
            name="ctc",
            topic="recurrent",
            title="CTC: the blank is the last class in TF1, the first in PyTorch, whose mean divides by target lengths",
            static="takes logits; blank = C - 1; a loss for each example; too short: an error, or 0 if asked",
            dynamic="takes log-probabilities; blank = 0; mean of loss / target length; too short: infinite",
            align="log_softmax, blank=C - 1, reduction='none', zero_infinity=True; in float64, write TF1's losses out",
            note="TF1's kernel adds probabilities in float32 whatever it is given: right to 1e-8 in float64."
            " ctc_merge_repeated and preprocess_collapse_repeated change TF1's paths; PyTorch has no such switches.",
            arrays={
                "logits": (8, 3, 5),
                "labels": np.array([[1, 2, 2], [3, 1, -1], [2, 1, 3]], np.int32),
                "lengths": np.array([8, 6, 7], np.int32),
            },
            expected={"losses": 0.22, "gradients": 1.2, "mean": 0.61, "too short": INFINITE},
        ),
        Difference(
            name="attention_mask",
            topic="recurrent",
            title="Attention masks: -1e9 added leaves a fully masked row finite, -inf makes it NaN",
            static="softmax(scores - 1e9 (1 - keep))",
            dynamic="softmax(scores.masked_fill(keep == 0, -inf))",
            align="add the same number on both sides",
            arrays={"scores": (3, 4), "keep": [[1.0, 1.0, 0.0, 1.0], [1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0]]},
            expected={"a masked word": 0, "a masked sentence": INFINITE},
            note="In float32 a fully masked row becomes uniform, as 1e9 swallows the scores; in float64 it does not.",
        ),
        Difference(
            name="stft",
            topic="recurrent",
            title="Short-time spectra: PyTorch reflects half a window at both ends, TF1 does not",
            static="frames begin at 0; a periodic Hann window by default",
            dynamic="center=True: the first frame is centred at 0; a window of ones by default",
            align="center=False and torch.hann_window, which is periodic too; transpose",
            arrays={"x": (64,)},
            expected={"first frame": 1.3, "number of frames": 0.22, "window": 0},
            note="Mel filters start at 125 Hz in TF1 (tf.signal.linear_to_mel_weight_matrix); PyTorch has none itself.",
        ),
        # Losses, activations, gradients at corners
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
        # Randomness, precision, execution
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
            note="Compared are standard deviations. Recurrent layers and embeddings have other optimizers again.",
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
}


def find(name: str) -> Difference:
    """The row of a difference; an unknown name is refused with the nearest one."""
    if name not in DIFFERENCES:
        raise unknown("difference", name, DIFFERENCES)
    return DIFFERENCES[name]
