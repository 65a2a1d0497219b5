"""What the twins of the fused LSTM share.

Twins: static_tf/recurrent/lstm_fused.py, dynamic_torch/recurrent/lstm_fused.py
"""

from shared.recurrent import lstm
from shared.recurrent.reading_spec import ReadingConfig


class LSTMFused(lstm.LSTM):
    """The written-out LSTM's configuration, initial values and batches, under the same random keys."""

    Config = ReadingConfig
    summary = "the LSTM by the frameworks' own kernels, with the same weights"
    symbols = {name: row for name, row in lstm.LSTM.symbols.items() if name != "z"}
    variants = {name: lstm.LSTM.variants[name] for name in ("plain", "adding")}
    without_baseline = "it is the frameworks' own layer"

    def key(self, *key: str | int) -> tuple[str | int, ...]:
        return ("lstm", *super().key(*key)[1:])
