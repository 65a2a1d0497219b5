"""Recurrent nets, attention, sequences: the known differences."""

import numpy as np

from shared.differences.difference import INFINITE, Difference

ROWS = (
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
        name="block_lstm",
        topic="recurrent",
        title="Fused LSTM: the gradient of TensorFlow's BlockLSTMV2 takes the forget gate for the candidate",
        static="gates i, f, g, o forwards; backwards the gradient of BlockLSTM, whose gates are i, g, f, o",
        dynamic="gates i, f, g, o forwards and backwards",
        align="BlockLSTM with its gates reordered, forget_bias=0; in float64, which both lack, the cell written out",
        note="The outputs are right, so a comparison of outputs passes. BlockLSTM's gradient is right to float32.",
        arrays={"x": (2, 5, 3), "kernel": (7, 16), "bias": (16,)},
        expected={"gradients": 1.5},
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
)
