"""Equivalent mutants of chapter deep, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import DATA, HELD, ONE_CHANNEL, TRUE

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/deep/rbm.py": {
        ("RBM.loss", "self.config.persistent -> 2 * self.config.persistent"): TRUE,
        ("RBM.free_energy", "v @ self.w -> tf.stop_gradient(v) @ self.w"): DATA,
        ("RBM.free_energy", "v * self.a -> tf.stop_gradient(v) * self.a"): DATA,
        ("RBM.loss", "self.free_energy(v) -> self.free_energy(tf.stop_gradient(v))"): DATA,
        ("RBM.hidden", "v @ self.w -> tf.stop_gradient(v) @ self.w"): HELD,
        ("RBM.hidden", "self.w -> tf.stop_gradient(self.w)"): HELD,
        ("RBM.hidden", "self.b -> tf.stop_gradient(self.b)"): HELD,
    },
    "dynamic_torch/deep/rbm.py": {
        ("RBM.loss", "self.config.persistent -> 2 * self.config.persistent"): TRUE,
        ("RBM.free_energy", "v @ self.w -> v.detach() @ self.w"): DATA,
        ("RBM.free_energy", "v * self.a -> v.detach() * self.a"): DATA,
        ("RBM.loss", "self.free_energy(v) -> self.free_energy(v.detach())"): DATA,
        ("RBM.hidden", "v @ self.w -> v.detach() @ self.w"): HELD,
        ("RBM.hidden", "self.w -> self.w.detach()"): HELD,
        ("RBM.hidden", "self.b -> self.b.detach()"): HELD,
        ("RBM.loss", "self.chains[:rows].clone() -> self.chains[:rows]"): "the chains move after they were read",
    },
    "static_tf/deep/deep_net.py": {
        (
            "DeepNet.forward",
            "layouts: tf.reshape(x, (-1, self.config.inputs)) -> tf.reshape(tf.transpose(x, (0, 3, 1, 2)), (-1, "
            "self.config.inputs))",
        ): ONE_CHANNEL,
    },
}
