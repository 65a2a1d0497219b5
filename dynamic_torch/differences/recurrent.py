"""Recurrent nets, attention, sequences: the known differences, each as a few lines of eager PyTorch.

Twin: static_tf/differences/recurrent.py
"""

import torch
import torch.nn.functional as F
from torch import nn

from dynamic_torch.differences.probe import probe, slope


def fill(layer, kernel, recurrent_kernel, bias):
    """Give a recurrent layer its weights, in the order of its gates, and a second bias of zeros."""
    values = (kernel.T, recurrent_kernel.T, bias, torch.zeros_like(bias))
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), values):
            parameter.copy_(value)
    return layer


@probe
def lstm_gates(x, kernel, bias, aligned):
    inputs, hidden = x.shape[2], len(bias) // 4
    if aligned:
        (i, j, f, o), (b_i, b_j, b_f, b_o) = kernel.chunk(4, 1), bias.chunk(4)
        kernel, bias = torch.cat([i, f, j, o], 1), torch.cat([b_i, b_f + 1, b_j, b_o])
    lstm = nn.LSTM(inputs, hidden, batch_first=True, dtype=x.dtype)
    h, (_, c) = fill(lstm, kernel[:inputs], kernel[inputs:], bias)(x)
    return {"h": h, "c": c[0]}


@probe
def block_lstm(x, kernel, bias):
    inputs = x.shape[2]
    lstm = fill(
        nn.LSTM(inputs, len(bias) // 4, batch_first=True, dtype=x.dtype), kernel[:inputs], kernel[inputs:], bias
    )
    h, _ = lstm(x)
    return {"gradients": slope(h[:, -1], lstm.bias_ih_l0)}


@probe
def gru_reset(x, kernel, recurrent_kernel, bias, aligned):
    gru = nn.GRU(x.shape[2], len(bias) // 3, batch_first=True, dtype=x.dtype)
    layer, _ = fill(gru, kernel, recurrent_kernel, bias)(x)
    h, gates = x.new_zeros(len(x), gru.hidden_size), 2 * gru.hidden_size
    outputs = []
    for x_t in x.unbind(1):
        x_r, x_u, x_c = (x_t @ kernel + bias).chunk(3, 1)
        h_r, h_u = (h @ recurrent_kernel[:, :gates]).chunk(2, 1)
        r, u = torch.sigmoid(x_r + h_r), torch.sigmoid(x_u + h_u)
        c = torch.tanh(x_c + (r * h) @ recurrent_kernel[:, gates:])
        h = u * h + (1 - u) * c
        outputs.append(h)
    return {"the library's layer": layer, "written out": torch.stack(outputs, 1) if aligned else layer}


@probe
def sequence_lengths(x, lengths, w, u, aligned):
    zeros = w.new_zeros(w.shape[1])
    rnn = fill(nn.RNN(*w.shape, batch_first=True, dtype=x.dtype), w, u, zeros)
    layer = fill(nn.RNN(*w.shape, batch_first=aligned, dtype=x.dtype), w, u, zeros)
    if aligned:
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        outputs, state = rnn(packed)
        outputs, _ = nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True, total_length=x.shape[1])
    else:
        outputs, state = rnn(x)
    return {"outputs": outputs, "state": state[0], "batch first": layer(x)[0]}


@probe
def ctc(logits, labels, lengths, aligned):
    blank = logits.shape[2] - 1 if aligned else 0

    log_probs, targets = logits.log_softmax(2), (labels >= 0).sum(1)
    loss = F.ctc_loss(log_probs, labels, lengths, targets, blank, reduction="none")
    short = lengths.clamp(max=2)
    return {
        "losses": loss,
        "gradients": slope(loss, logits),
        "mean": loss.mean() if aligned else F.ctc_loss(log_probs, labels, lengths, targets),
        "too short": F.ctc_loss(log_probs, labels, short, targets, blank, "none", zero_infinity=aligned),
    }


@probe
def attention_mask(scores, keep, aligned):
    def attention(mask):
        masked = scores - 1e9 * (1 - mask) if aligned else scores.masked_fill(mask == 0, -torch.inf)
        return masked.softmax(-1)

    return {"a masked word": attention(keep), "a masked sentence": attention(0 * keep)}


@probe
def stft(x, aligned):
    window = torch.hann_window(16, dtype=x.dtype)
    frames = torch.stft(x, 16, 8, window=window, center=not aligned, return_complex=True).T
    return {
        "first frame": frames[0],
        "number of frames": len(frames),
        "window": window,
    }
