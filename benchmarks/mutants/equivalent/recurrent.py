"""Equivalent mutants of chapter recurrent, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import ALL_ZERO, NO_GRADIENT, PROMOTED

CHARACTERS = "numbers of characters, which have no gradient"
ARGMAX = "only the place of the largest logit is used here, which has no gradient"

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/recurrent/lstm.py": {
        (
            "LSTM.forward",
            "tf.reshape(self.embedding, (self.config.words, self.config.embedding)) -> self.embedding",
        ): "this model's Adam is ours, which makes a sparse gradient dense by itself",
        (
            "LSTM.through_time",
            "self.config.loop == 'while_loop' -> self.config.loop != 'while_loop'",
        ): "both ways through time compute the same, and each variant then goes the other's",
        ("LSTM.through_time", "self.through_while_loop(z, c, h) -> self.through_while_loop(z, h, c)"): ALL_ZERO,
        (
            "LSTM.through_time",
            "self.through_while_loop(z, c, h) -> self.through_while_loop(z, tf.stop_gradient(c), h)",
        ): NO_GRADIENT,
        (
            "LSTM.through_time",
            "self.through_while_loop(z, c, h) -> self.through_while_loop(z, c, tf.stop_gradient(h))",
        ): NO_GRADIENT,
        ("LSTM.through_while_loop", "t + 1 -> tf.stop_gradient(t) + 1"): "t counts steps: an integer has no gradient",
        ("LSTM.through_while_loop", "(0, c, h, hs) -> (0, h, c, hs)"): ALL_ZERO,
    },
    "dynamic_torch/recurrent/lstm.py": {
        (
            "LSTM.forward",
            "(torch.arange(self.config.length, device=h.device) < lengths[:, None]).to(h.dtype) -> "
            "torch.arange(self.config.length, device=h.device) < lengths[:, None]",
        ): PROMOTED,
        ("LSTM.forward", "lengths.to(h.dtype) -> lengths"): PROMOTED,
    },
    "static_tf/recurrent/attention.py": {
        ("Attention.forward", "self.vectors(self.read, x) -> self.vectors(self.read, tf.stop_gradient(x))"): CHARACTERS,
        (
            "Attention.vectors",
            "tf.reshape(embedding, embedding.shape) -> embedding",
        ): "this model's Adam is ours, which makes a sparse gradient dense by itself",
        (
            "Attention.decode",
            "self.config.loop == 'while_loop' -> self.config.loop != 'while_loop'",
        ): "both ways through time compute the same, and each variant then goes the other's",
        ("Attention.decode", "self.following(logits, y_t) -> self.following(tf.stop_gradient(logits), y_t)"): ARGMAX,
        (
            "Attention.decode",
            "self.following(logits, y_t) -> self.following(logits, tf.stop_gradient(y_t))",
        ): CHARACTERS,
        (
            "Attention.decode_in_while_loop",
            "self.following(logits, ys[t]) -> self.following(tf.stop_gradient(logits), ys[t])",
        ): ARGMAX,
    },
    "dynamic_torch/recurrent/attention.py": {
        ("Attention.forward", "self.vectors(self.read, x) -> self.vectors(self.read, x.detach())"): CHARACTERS,
        ("Attention.decode", "self.following(logits, y_t) -> self.following(logits.detach(), y_t)"): ARGMAX,
        ("Attention.decode", "self.following(logits, y_t) -> self.following(logits, y_t.detach())"): CHARACTERS,
    },
}
