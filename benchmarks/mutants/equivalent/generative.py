"""Equivalent mutants of chapter generative, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import DATA, NEVER_EQUAL, ONLY_SHAPE, OWN_GRADIENTS, UNUSED

CUT_OFF = "what is padded on the right is cut off again"
NO_LAYOUT = "the first parameter has two axes, so it has no layout"
CACHED = "both ways draw the same samples, and each variant then goes the other's"

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "dynamic_torch/generative/gan.py": {
        (
            "GAN.update_discriminator",
            "loss.backward(inputs=list(self.discriminator.parameters())) -> loss.backward()",
        ): OWN_GRADIENTS,
        (
            "GAN.update_generator",
            "loss.backward(inputs=list(self.generator.parameters())) -> loss.backward()",
        ): OWN_GRADIENTS,
    },
    "static_tf/generative/pixel_cnn.py": {
        ("GatedStacks.__call__", "self.layer(x, x, 1) -> self.layer(tf.stop_gradient(x), x, 1)"): DATA,
        ("GatedStacks.__call__", "self.layer(x, x, 1) -> self.layer(x, tf.stop_gradient(x), 1)"): DATA,
        ("GatedStacks.layer", "(seen, 0) -> (seen, 1)"): CUT_OFF,
        (
            "GatedStacks.layer",
            "tf.nn.conv2d(above, getattr(self, f'over{i}'), padding='VALID') -> "
            "tf.nn.conv2d(above, getattr(self, f'over{i}'), padding='SAME')",
        ): "a kernel of one pixel needs no padding",
    },
    "dynamic_torch/generative/pixel_cnn.py": {
        ("GatedStacks.layer", "(seen, 0) -> (seen, 1)"): CUT_OFF,
        (
            "PixelCNN.__init__",
            "self.canonical_parameters().items() -> list(self.canonical_parameters().items())[1:]",
        ): NO_LAYOUT,
    },
    "static_tf/generative/pixel_rnn.py": {
        ("RowLSTM.__call__", "z[0] -> z[1]"): ONLY_SHAPE,
        (
            "RowLSTM.start",
            "tf.zeros_like(tf.split(z_r, 4, axis=2)[0]) -> -tf.zeros_like(tf.split(z_r, 4, axis=2)[0])",
        ): ONLY_SHAPE,
        ("RowLSTM.start", "tf.split(z_r, 4, axis=2)[0] -> tf.split(z_r, 4, axis=2)[1]"): ONLY_SHAPE,
    },
    "dynamic_torch/generative/pixel_rnn.py": {
        ("RowLSTM.forward", "z[0] -> z[1]"): ONLY_SHAPE,
        (
            "RowLSTM.start",
            "torch.zeros_like(z_r.chunk(4, dim=1)[0]) -> -torch.zeros_like(z_r.chunk(4, dim=1)[0])",
        ): ONLY_SHAPE,
        ("RowLSTM.start", "z_r.chunk(4, dim=1)[0] -> z_r.chunk(4, dim=1)[1]"): ONLY_SHAPE,
        (
            "PixelRNN.__init__",
            "self.canonical_parameters().items() -> list(self.canonical_parameters().items())[1:]",
        ): NO_LAYOUT,
    },
    "static_tf/generative/wavenet.py": {
        (
            "WaveNet.empty_queues",
            "self.config.dilations -> 2 * self.config.dilations",
        ): "no layer reads the queues that are too many",
        (
            "WaveNet.continued",
            "self.sample(logits, uniforms[:, t]) -> self.sample(tf.stop_gradient(logits), uniforms[:, t])",
        ): UNUSED,
        ("WaveNet.continued", "self.config.cached -> not self.config.cached"): CACHED,
        (
            "WaveNet.continued",
            "self.read(code, digit, queues, untapped) -> self.read(tf.stop_gradient(code), digit, queues, untapped)",
        ): UNUSED,
        (
            "WaveNet.continued",
            "self.config.reach -> 2 * self.config.reach",
        ): "no logit depends on a sample that is farther away",
        (
            "WaveNet.sample",
            "cumulative[:, :-1] <= u[:, tf.newaxis] -> cumulative[:, :-1] < u[:, tf.newaxis]",
        ): NEVER_EQUAL,
    },
    "dynamic_torch/generative/wavenet.py": {
        (
            "WaveNet.empty_queues",
            "self.config.dilations -> 2 * self.config.dilations",
        ): "no layer reads the queues that are too many",
        ("WaveNet.continued", "self.sample(logits, u) -> self.sample(logits.detach(), u)"): UNUSED,
        ("WaveNet.continued", "self.sample(logits, u) -> self.sample(logits, u.detach())"): UNUSED,
        ("WaveNet.continued", "self.config.cached -> not self.config.cached"): CACHED,
        (
            "WaveNet.continued",
            "self.read(code, digit, queues, untapped) -> self.read(code.detach(), digit, queues, untapped)",
        ): UNUSED,
        (
            "WaveNet.continued",
            "self.config.reach -> 2 * self.config.reach",
        ): "no logit depends on a sample that is farther away",
        (
            "WaveNet.sample",
            "cumulative[:, :-1] <= u[:, None] -> cumulative[:, :-1] < u[:, None]",
        ): NEVER_EQUAL,
    },
    "static_tf/generative/char_rnn.py": {
        (
            "CharRNN.continued",
            "logits / temperature[:, tf.newaxis] -> tf.stop_gradient(logits) / temperature[:, tf.newaxis]",
        ): UNUSED,
        (
            "CharRNN.continued",
            "self.cell(self.cell.input_term(look_up(self.embedding, character)), h) -> "
            "self.cell(self.cell.input_term(look_up(self.embedding, character)), tf.stop_gradient(h))",
        ): UNUSED,
        ("CharRNN.continued", "self.likely(h) -> self.likely(tf.stop_gradient(h))"): UNUSED,
        (
            "CharRNN.sample",
            "cumulative[:, :-1] <= u[:, tf.newaxis] -> cumulative[:, :-1] < u[:, tf.newaxis]",
        ): NEVER_EQUAL,
    },
    "dynamic_torch/generative/char_rnn.py": {
        (
            "CharRNN.continued",
            "logits / temperature[:, None] -> logits.detach() / temperature[:, None]",
        ): UNUSED,
        (
            "CharRNN.continued",
            "self.sample(logits / temperature[:, None], u) -> self.sample(logits / temperature[:, None], u.detach())",
        ): UNUSED,
        (
            "CharRNN.continued",
            "self.cell(self.cell.input_term(look_up(self.embedding, character)), h) -> "
            "self.cell(self.cell.input_term(look_up(self.embedding, character)), h.detach())",
        ): UNUSED,
        ("CharRNN.continued", "self.likely(h) -> self.likely(h.detach())"): UNUSED,
        (
            "CharRNN.sample",
            "cumulative[:, :-1] <= u[:, None] -> cumulative[:, :-1] < u[:, None]",
        ): NEVER_EQUAL,
    },
}
