"""Equivalent mutants of chapter generative, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import OWN_GRADIENTS

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
}
