"""What the twins of the fused GRU share.

Twins: static_tf/recurrent/gru_fused.py, dynamic_torch/recurrent/gru_fused.py
"""

from shared.recurrent import gru


class GRUFused(gru.GRU):
    """The written-out GRU's configuration, initial values and batches, under the same random keys."""

    Config = gru.Config
    summary = "the GRU by the frameworks' own kernels, with the same weights"
    symbols = {name: row for name, row in gru.GRU.symbols.items() if name not in ("z", "cell/candidate_kernel")}
    variants = {name: gru.GRU.variants[name] for name in ("plain", "adding")}
    without_baseline = "it is the frameworks' own layer"

    def key(self, *key: str | int) -> tuple[str | int, ...]:
        return ("gru", *super().key(*key)[1:])
