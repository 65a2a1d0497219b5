"""Equivalent mutants of chapter speech, by file, method and change: see the package's docstring."""

COUNTED = "where a row ends, and how many numbers it has, are counted from its length: they have no gradient"

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/speech/ctc.py": {
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
