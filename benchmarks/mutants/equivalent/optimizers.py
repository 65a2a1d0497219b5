"""Equivalent mutants of the optimizers, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import ANY_ORDER, BOTH_WAIT, TRUE

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/optimizers.py": {
        ("Descent.minimize", "[loss, *gradients] -> [loss]"): BOTH_WAIT,
        ("Descent.minimize", "[loss, *gradients] -> [*gradients]"): BOTH_WAIT,
        ("RMSProp.starts", "self.settings.centered -> 2 * self.settings.centered"): TRUE,
    },
    "dynamic_torch/optimizers.py": {
        ("Descent.reset", "self.parameters.values() -> list(self.parameters.values())[::-1]"): ANY_ORDER,
        (
            "Descent.reset",
            "torch.zeros(()) -> torch.ones(())",
        ): "PyTorch's own count: Adam sets it before it is read, and no other optimizer reads it",
        ("RMSProp.starts", "self.settings.centered -> 2 * self.settings.centered"): TRUE,
        ("RMSProp.move", "self.settings.centered -> 2 * self.settings.centered"): TRUE,
        ("RMSProp.move", "self.parameters.values() -> list(self.parameters.values())[::-1]"): ANY_ORDER,
        (
            "Adam.move",
            "self.optimizer.state[w]['step'].copy_(self.step) -> "
            "self.optimizer.state[w]['step'].copy_(self.step); self.optimizer.state[w]['step'].copy_(self.step)",
        ): "the second time it sets what is there already",
    },
}
