"""Equivalent mutants of chapter speech, by file, method and change: see the package's docstring."""

UNROLLED = "a graph is unrolled for every setting but 'while_loop', in which this model has no variant"

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/speech/spectrogram_recurrent_net.py": {
        ("SpectrogramRecurrentNet.__init__", "config.loop -> 2 * config.loop"): UNROLLED,
        ("SpectrogramRecurrentNet.__init__", "config.loop -> config.channels"): UNROLLED,
    },
}
