"""Equivalent mutants of chapter deep, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import DATA, HELD, INTEGER, MADE_ANEW, ONE_CHANNEL, TRUE

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/deep/autoencoder.py": {
        ("Autoencoder.__init__", "config.tied -> 2 * config.tied"): TRUE,
        ("Autoencoder.decoder", "self.config.tied -> 2 * self.config.tied"): TRUE,
        ("Autoencoder.encoder", "x @ self.w1 -> tf.stop_gradient(x) @ self.w1"): DATA,
    },
    "static_tf/deep/rbm.py": {
        ("RBM.__init__", "config.persistent -> 2 * config.persistent"): TRUE,
        ("RBM.loss", "self.config.persistent -> 2 * self.config.persistent"): TRUE,
        ("RBM.chain", "self.config.means -> 2 * self.config.means"): TRUE,
        ("RBM.free_energy", "v @ self.w -> tf.stop_gradient(v) @ self.w"): DATA,
        ("RBM.free_energy", "v * self.a -> tf.stop_gradient(v) * self.a"): DATA,
        ("RBM.loss", "self.free_energy(v) -> self.free_energy(tf.stop_gradient(v))"): DATA,
        ("RBM.loss", "self.chain(v, u_h, u_v) -> self.chain(tf.stop_gradient(v), u_h, u_v)"): DATA,
        ("RBM.hidden", "v @ self.w -> tf.stop_gradient(v) @ self.w"): HELD,
        ("RBM.hidden", "self.w -> tf.stop_gradient(self.w)"): HELD,
        ("RBM.hidden", "self.b -> tf.stop_gradient(self.b)"): HELD,
        ("RBM.visible", "self.a -> tf.stop_gradient(self.a)"): HELD,
        ("RBM.chain", "self.hidden(v) -> self.hidden(tf.stop_gradient(v))"): HELD,
        ("RBM.chain", "self.sample(p_h, u_h[:, t]) -> self.sample(tf.stop_gradient(p_h), u_h[:, t])"): HELD,
        ("RBM.chain", "self.visible(h) -> self.visible(tf.stop_gradient(h))"): HELD,
        ("RBM.chain", "self.sample(p_v, u_v[:, t]) -> self.sample(tf.stop_gradient(p_v), u_v[:, t])"): HELD,
        (
            "RBM.loss",
            "tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, self.chains[:rows].assign(v)) -> "
            "tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, self.chains[:rows].assign(v)); "
            "tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, self.chains[:rows].assign(v))",
        ): "the second time it sets what is there already",
    },
    "dynamic_torch/deep/autoencoder.py": {
        ("Autoencoder.__init__", "config.tied -> 2 * config.tied"): TRUE,
        ("Autoencoder.decoder", "self.config.tied -> 2 * self.config.tied"): TRUE,
        ("Autoencoder.encoder", "x @ self.w1 -> x.detach() @ self.w1"): DATA,
    },
    "dynamic_torch/deep/rbm.py": {
        ("RBM.__init__", "config.persistent -> 2 * config.persistent"): TRUE,
        ("RBM.loss", "self.config.persistent -> 2 * self.config.persistent"): TRUE,
        ("RBM.chain", "self.config.means -> 2 * self.config.means"): TRUE,
        ("RBM.free_energy", "v @ self.w -> v.detach() @ self.w"): DATA,
        ("RBM.free_energy", "v * self.a -> v.detach() * self.a"): DATA,
        ("RBM.loss", "self.free_energy(v) -> self.free_energy(v.detach())"): DATA,
        ("RBM.loss", "self.chain(v, u_h, u_v) -> self.chain(v.detach(), u_h, u_v)"): DATA,
        ("RBM.hidden", "v @ self.w -> v.detach() @ self.w"): HELD,
        ("RBM.hidden", "self.w -> self.w.detach()"): HELD,
        ("RBM.hidden", "self.b -> self.b.detach()"): HELD,
        ("RBM.visible", "self.a -> self.a.detach()"): HELD,
        ("RBM.chain", "self.hidden(v) -> self.hidden(v.detach())"): HELD,
        ("RBM.chain", "self.sample(p_h, u_h[:, t]) -> self.sample(p_h.detach(), u_h[:, t])"): HELD,
        ("RBM.chain", "self.visible(h) -> self.visible(h.detach())"): HELD,
        ("RBM.chain", "self.sample(p_v, u_v[:, t]) -> self.sample(p_v.detach(), u_v[:, t])"): HELD,
        ("RBM.visible", "h @ self.w.T -> h.detach() @ self.w.T"): HELD,
        ("RBM.loss", "self.chains[:rows].clone() -> self.chains[:rows]"): "the chains move after they were read",
    },
    "static_tf/deep/deep_net.py": {
        ("DeepNet.__init__", "config.batch_norm -> 2 * config.batch_norm"): TRUE,
        ("DeepNet.inputs", "self.config.dropout -> 2 * self.config.dropout"): TRUE,
        (
            "DeepNet.inputs",
            "self.config.dropout -> self.config.rate",
        ): "more than nothing in every variant: then there is a placeholder that nothing reads",
        (
            "DeepNet.forward",
            "layouts: tf.reshape(x, (-1, self.config.inputs)) -> tf.reshape(tf.transpose(x, (0, 3, 1, 2)), (-1, "
            "self.config.inputs))",
        ): ONE_CHANNEL,
        ("DeepNet.forward", "self.config.dropout -> 2 * self.config.dropout"): TRUE,
        ("DeepNet.layer", "self.config.batch_norm -> 2 * self.config.batch_norm"): TRUE,
        ("DeepNet.regularizer", "config.l1 -> 2 * config.l1"): TRUE,
        ("DeepNet.regularizer", "config.l2 -> 2 * config.l2"): TRUE,
        ("DeepNet.regularizer", "config.sparseness -> 2 * config.sparseness"): TRUE,
        ("DeepNet.forward", "i - 1 -> tf.stop_gradient(i) - 1"): INTEGER,
        ("DeepNet.activation", "i - 1 -> tf.stop_gradient(i) - 1"): INTEGER,
    },
    "dynamic_torch/deep/deep_net.py": {
        ("DeepNet.__init__", "config.batch_norm -> 2 * config.batch_norm"): TRUE,
        ("DeepNet.forward", "self.config.dropout -> 2 * self.config.dropout"): TRUE,
        ("DeepNet.layer", "self.config.batch_norm -> 2 * self.config.batch_norm"): TRUE,
        ("DeepNet.regularizer", "config.l1 -> 2 * config.l1"): TRUE,
        ("DeepNet.regularizer", "config.l2 -> 2 * config.l2"): TRUE,
        ("DeepNet.regularizer", "config.sparseness -> 2 * config.sparseness"): TRUE,
        (
            "DeepNet.__init__",
            "setattr(self, name, nn.Parameter(torch.empty(shape))) -> setattr(self, name, "
            "nn.Parameter(torch.empty(shape))); setattr(self, name, nn.Parameter(torch.empty(shape)))",
        ): MADE_ANEW,
        (
            "DeepNet.__init__",
            "setattr(self, f'norm{i}', BatchNorm(columns, config.decay, config.epsilon)) -> setattr(self, "
            "f'norm{i}', BatchNorm(columns, config.decay, config.epsilon)); setattr(self, f'norm{i}', "
            "BatchNorm(columns, config.decay, config.epsilon))",
        ): MADE_ANEW,
    },
}
