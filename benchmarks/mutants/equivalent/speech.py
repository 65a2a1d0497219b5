"""Equivalent mutants of chapter speech, by file, method and change: see the package's docstring."""

UNROLLED = "a graph is unrolled for every setting but 'while_loop', in which this model has no variant"
COUNTED = "where a row ends, and how many numbers it has, are counted from its length: they have no gradient"
BOTH_LOOPS = 'what is not "while_loop" is unrolled, and both ways through time compute the same'
CELLS = "GRUCell({!r}, config.features, config.hidden, {}, dtype)"

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/speech/spectrogram_recurrent_net.py": {
        ("SpectrogramRecurrentNet.__init__", "config.loop -> 2 * config.loop"): UNROLLED,
        ("SpectrogramRecurrentNet.__init__", "config.loop -> config.channels"): UNROLLED,
    },
    "static_tf/speech/ctc.py": {
        **{
            (
                "ConnectedDigits.__init__",
                f"{CELLS.format(cell, 'config.loop')} -> {CELLS.format(cell, other)}",
            ): BOTH_LOOPS
            for cell in ("forwards", "backwards")
            for other in ("config.steps", "2 * config.loop")
        },
        ("ConnectedDigits.inside", "s * mask -> s * tf.stop_gradient(mask)"): COUNTED,
        (
            "ConnectedDigits.inside",
            "(s - mean[:, tf.newaxis, tf.newaxis]) * mask -> "
            "(s - mean[:, tf.newaxis, tf.newaxis]) * tf.stop_gradient(mask)",
        ): COUNTED,
        (
            "ConnectedDigits.inside",
            "tf.reduce_sum(s * mask, axis=(1, 2)) / count -> "
            "tf.reduce_sum(s * mask, axis=(1, 2)) / tf.stop_gradient(count)",
        ): COUNTED,
    },
    "dynamic_torch/speech/ctc.py": {
        ("ConnectedDigits.inside", "s * mask -> s * mask.detach()"): COUNTED,
        (
            "ConnectedDigits.inside",
            "(s - mean[:, None, None]) * mask -> (s - mean[:, None, None]) * mask.detach()",
        ): COUNTED,
        (
            "ConnectedDigits.inside",
            "(s * mask).sum(dim=(1, 2)) / count -> (s * mask).sum(dim=(1, 2)) / count.detach()",
        ): COUNTED,
    },
}
