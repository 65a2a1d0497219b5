"""Equivalent mutants of chapter generative, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import OWN_GRADIENTS, UNUSED

NEVER_EQUAL = "a number that is drawn equals a cumulative probability only by chance"

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
