"""The log-mel spectrogram: how loud each band of frequencies is at each time, computed inside of the model.

    X_t[f] = sum over n of  w[n] x[t hop + n] exp(-2 pi i f n / frame)       the short-time Fourier transform
    w[n]   = (1 - cos(2 pi n / frame)) / 2                                   Hann's window, periodic
    s_t[m] = log(1 + sum over f of  |X_t[f]|^2 mel[f, m] / epsilon)          see shared/mel.py

A frame of 32 ms is short enough for a sound to be steady in it, and long enough to tell frequencies apart. Bands that
are equally wide to the ear, and a logarithm, turn what a listener calls as loud again into equal steps. Epsilon is the
threshold of hearing: silence is 0. Davis & Mermelstein 1980, without their cosine transform.

Twin: static_tf/parts/spectrogram.py
"""

import torch
from torch import nn

from shared.mel import EPSILON, mel_matrix


class Spectrogram(nn.Module):
    """It has nothing to learn, but passes gradients down to the samples."""

    def __init__(self, config):
        super().__init__()
        self.frame, self.hop = config.frame, config.hop
        self.mel = mel_matrix(config.frame, config.bands, config.rate)  # (F, M)

    def forward(self, x):  # (N, S)
        # TWIN: tf.signal.stft does not centre: the first frame begins at the first sample; torch.stft has to be told.
        # What remains after the last whole frame is left out on both sides (pad_end would fill it up with zeros)
        # TWIN: without fft_length TensorFlow fills a frame up to a power of two; PyTorch's n_fft is the frame itself
        # TWIN: Hann's window is TensorFlow's default; PyTorch's is no window at all. Both are periodic if not told
        window = torch.hann_window(self.frame, dtype=x.dtype, device=x.device)
        spectrum = torch.stft(x, self.frame, self.hop, window=window, center=False, return_complex=True)  # (N, F, T)
        # TWIN: frames come before frequencies in TensorFlow, and after them in PyTorch
        # The squares are written out: the gradient of |X| does not exist at 0, that of |X|^2 does
        power = spectrum.real.square() + spectrum.imag.square()  # (N, F, T)
        mel = torch.as_tensor(self.mel, dtype=x.dtype, device=x.device)
        return torch.log1p(power.transpose(1, 2) @ mel / EPSILON)  # (N, T, M)
