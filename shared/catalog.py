"""The table of models: the names of each chapter, in the order of the lecture. Used wherever "all models" run.

A name stands for three files that define one class of the same name: `shared/<chapter>/<name>.py`,
`static_tf/<chapter>/<name>.py` and `dynamic_torch/<chapter>/<name>.py`. The first of them states the model's facts
(variants, targets, baseline). It is imported when one of them is needed.
"""

from shared.entry import Entry
from shared.errors import unknown

CHAPTERS: dict[str, tuple[str, ...]] = {
    "basics": (
        "computational_graph",
        "linear_regression",
        "logistic_regression",
        "shallow_regressor",
        "shallow_classifier",
    ),
    "deep": ("deep_net", "autoencoder", "rbm"),
    "convolutional": (
        "convolution_matrix",
        "conv_net",
        "batch_norm_net",
        "residual_net",
        "highway_net",
        "dense_net",
        "capsule_net",
        "sequence_conv_net",
    ),
    "recurrent": (
        "rnn",
        "lstm",
        "gru",
        "lstm_fused",
        "gru_fused",
        "bidirectional_gru",
        "attention",
        "tree_net",
    ),
    "speech": ("spectrogram_conv_net", "spectrogram_recurrent_net", "ctc"),
    "generative": ("gan", "vae", "pixel_cnn", "pixel_rnn", "wavenet", "char_rnn"),
    "beyond": ("maml", "bayesian_net"),
}


CATALOG = {name: Entry(name, chapter) for chapter, names in CHAPTERS.items() for name in names}
LONGEST = max(map(len, CATALOG))  # characters of the longest name: the width of a column of names


def find(name: str) -> Entry:
    """A model by name; raises `UsageError` with the nearest name if there is none of this name."""
    if name not in CATALOG:
        raise unknown("model", name, CATALOG)
    return CATALOG[name]
