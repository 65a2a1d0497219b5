"""Equivalent mutants of the optimizers, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import TRUE

ALONE = (
    "only where the class is used alone: a twin passes no closure, and its slots are made by `reset`; a test does so"
)
COUNT = "a count is a whole number, of whatever type"
LAST = "the line search ends at the point that it accepts"
LOCKING = "locking matters only to several threads that update at once"
ORDER = "the order in which slots are listed or set does not matter"
PRODUCT = "two factors of one product"
TWICE = "doing it twice does the same"

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/optimizers.py": {
        (
            "Adam._create_slots",
            "self._create_non_slot_variable(np.int64(0), f'{self.get_name()}/step', colocate_with=first) -> self._c"
            "reate_non_slot_variable(np.int64(0), f'{self.get_name()}/step', colocate_with=first); self._create_non"
            "_slot_variable(np.int64(0), f'{self.get_name()}/step', colocate_with=first)",
        ): TWICE,
        (
            "Adam._create_slots",
            "self._zeros_slot(w, 'm', self.get_name()) -> self._zeros_slot(w, 'm', self.get_name()); self._zeros_sl"
            "ot(w, 'm', self.get_name())",
        ): TWICE,
        (
            "Adam._create_slots",
            "self._zeros_slot(w, 'v', self.get_name()) -> self._zeros_slot(w, 'v', self.get_name()); self._zeros_sl"
            "ot(w, 'v', self.get_name())",
        ): TWICE,
        ("Adam.apply", "(rate, size, root) -> (size, rate, root)"): PRODUCT,
        (
            "Adam.apply",
            "(self.learning_rate, self.size, self.root) -> (self.size, self.learning_rate, self.root)",
        ): PRODUCT,
        ("BFGS.__init__", "super().__init__(False, name) -> super().__init__(True, name)"): LOCKING,
        (
            "BFGS.minimize",
            "tf.convert_to_tensor(g) -> g",
        ): "only a sparse gradient, which no model here has, would have to be converted",
        (
            "Extended.__init__",
            "optimizer.get_name() -> optimizer",
        ): "a wrapper makes no variables, so its name names nothing",
        (
            "Extended.__init__",
            "super().__init__(False, optimizer.get_name()) -> super().__init__(True, optimizer.get_name())",
        ): LOCKING,
        (
            "Extended.apply_gradients",
            "tf.convert_to_tensor(g) -> g",
        ): "only a sparse gradient, which no model here has, would have to be converted",
        ("HostStep.run", "assign(x) -> assign(x); assign(x)"): TWICE,
        (
            "HostStep.run",
            "assign(x, (self.inverse_hessian, h)) -> assign(x, (self.inverse_hessian, h)); assign(x, (self.inverse_"
            "hessian, h))",
        ): TWICE,
        (
            "HostStep.run",
            "np.concatenate([np.ravel(array) for array in arrays]).astype(np.float64) -> np.concatenate([np.ravel(a"
            "rray) for array in arrays])",
        ): "SciPy computes in float64, whatever it is given",
        (
            "HostStep.run",
            "np.prod(shape, dtype=int) -> np.prod(shape)",
        ): "no parameter is a scalar, of which the product is a float",
        (
            "HostStep.run",
            "session.run([w.initializer for w, _ in chosen], feed) -> session.run([w.initializer for w, _ in chosen"
            "], feed); session.run([w.initializer for w, _ in chosen], feed)",
        ): TWICE,
        (
            "build",
            "tf.Variable(0, name=f'{name}/step', trainable=False, dtype=tf.int64) -> tf.Variable(0, name=f'{name}/s"
            "tep', trainable=False)",
        ): COUNT,
        ("descent", "config.centered -> 2 * config.centered"): TRUE,
        (
            "slots",
            "found |= {f'{w}/{slot_names(optimizer)[slot]}': value for w, value in kept.items() if value is not Non"
            "e} -> found |= {f'{w}/{slot_names(optimizer)[slot]}': value for w, value in kept.items() if value is n"
            "ot None}; found |= {f'{w}/{slot_names(optimizer)[slot]}': value for w, value in kept.items() if value "
            "is not None}",
        ): TWICE,
        ("slots", "optimizer.get_slot_names() -> list(optimizer.get_slot_names())[::-1]"): ORDER,
    },
    "dynamic_torch/optimizers.py": {
        ("BFGS.__init__", "self.reset() -> pass"): "`build` resets what it has built",
        ("BFGS.__init__", "self.reset() -> self.reset(); self.reset()"): TWICE,
        (
            "BFGS.step",
            "losses.append(closure()) -> losses.append(closure()); losses.append(closure())",
        ): "a second evaluation at the same point gives the same loss and gradient",
        ("BFGS.step", "self._assign(x) -> pass (number 2)"): LAST,
        ("BFGS.step", "self._assign(x) -> self._assign(x); self._assign(x)"): TWICE,
        ("BFGS.step", "self._assign(x) -> self._assign(x); self._assign(x) (number 2)"): TWICE,
        (
            "Extended.__init__",
            "optimizer.register_step_pre_hook(self.before) -> optimizer.register_step_pre_hook(self.before); optimi"
            "zer.register_step_pre_hook(self.before)",
        ): TWICE,
        (
            "Extended.__init__",
            "optimizer.register_step_pre_hook(self.clip_all) -> optimizer.register_step_pre_hook(self.clip_all); op"
            "timizer.register_step_pre_hook(self.clip_all)",
        ): "what is clipped already is not changed by clipping",
        ("Extended.__init__", "torch.zeros -> torch.ones"): "`reset` sets the count to zero",
        ("RMSProp.apply", "initial_slots(self).items() -> list(initial_slots(self).items())[1:]"): ALONE,
        ("RMSProp.apply", "initial_slots(self).items() -> list(initial_slots(self).items())[:-1]"): ALONE,
        ("RMSProp.apply", "torch.full_like(w, start) -> torch.full_like(start, w)"): ALONE,
        ("RMSProp.apply", "torch.full_like(w, start) -> w"): ALONE,
        ("RMSProp.step", "loss = closure() -> pass"): ALONE,
        ("RMSProp.step", "self.param_groups -> list(self.param_groups)[::-1]"): "there is only one group of parameters",
        (
            "build",
            "optimizer.param_groups[0] |= {'config': config, 'name': name} -> optimizer.param_groups[0] |= {'config"
            "': config, 'name': name}; optimizer.param_groups[0] |= {'config': config, 'name': name}",
        ): TWICE,
        ("build", "reset(optimizer) -> pass"): "a twin resets its optimizers when it is built",
        ("build", "reset(optimizer) -> reset(optimizer); reset(optimizer)"): TWICE,
        (
            "initial_slots",
            "options.get('initial_accumulator_value', 0.0) -> options.get('initial_accumulator_value', 0.01)",
        ): "Adagrad, which alone has this slot, always has the option",
        ("reset", "group['params'] -> list(group['params'])[::-1]"): ORDER,
        ("reset", "torch.zeros -> torch.ones"): "PyTorch's count of steps is set before each step where it is read",
    },
}
