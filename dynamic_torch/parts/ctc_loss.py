"""Connectionist temporal classification: the probability of a text, summed over all of its alignments with the frames.

    path = blank, label_1, blank, label_2, ..., blank             S = 2 L + 1 symbols; p_t(s): of symbol s at frame t
    alpha_0 = p_0 of the first two symbols, 0 elsewhere
    alpha_t(s) = p_t(s) (alpha_{t-1}(s) + alpha_{t-1}(s - 1) + alpha_{t-1}(s - 2))
        the last term only if path_s is neither blank nor path_{s-2}
    loss = - log (alpha_T(S - 1) + alpha_T(S - 2))

An alignment is a symbol for each frame; repeated symbols are merged, then blanks dropped. Graves et al. 2006, equations
5 to 8, with the logarithms of all probabilities. The blank is the last class.

Twin: static_tf/parts/ctc_loss.py
"""

from torch import nn
from torch.nn import functional as F


class CTC(nn.Module):
    """The loss of each example."""

    def forward(self, logits, frames, labels, lengths):
        """(N,) from logits (N, T, C), the numbers of frames (N,), labels (N, L), padded, and their numbers (N,)."""
        # TWIN: PyTorch's kernel, which has float64; its blank is the first class if nothing is said, and its mean over
        # the examples would divide each loss by the text's length first. In the graph the sum is written out
        log_p = F.log_softmax(logits, dim=2).transpose(0, 1)  # (T, N, C)
        return F.ctc_loss(log_p, labels, frames, lengths, blank=logits.shape[2] - 1, reduction="none")
