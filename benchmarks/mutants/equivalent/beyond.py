"""Equivalent mutants of chapter beyond, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import SQUARED

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/beyond/maml.py": {
        (
            "MAML.forward",
            "self.error(self.net(x_support, *weights), y_support) -> "
            "self.error(y_support, self.net(x_support, *weights))",
        ): SQUARED,
        ("MAML.loss", "self.error(y_, y_query) -> self.error(y_query, y_)"): SQUARED,
    },
    "dynamic_torch/beyond/maml.py": {
        (
            "MAML.forward",
            "self.error(self.net(x_support, *weights), y_support) -> "
            "self.error(y_support, self.net(x_support, *weights))",
        ): SQUARED,
        ("MAML.loss", "self.error(y_, y_query) -> self.error(y_query, y_)"): SQUARED,
    },
    "dynamic_torch/beyond/bayesian_net.py": {
        (
            "BayesianNet.deviation",
            "torch.logaddexp(rho, torch.zeros_like(rho)) -> torch.logaddexp(torch.zeros_like(rho), rho)",
        ): "log(e^a + e^b) is the same in either order",
        (
            "BayesianNet.deviation",
            "torch.zeros_like(rho) -> torch.zeros_like(rho.detach())",
        ): "zeros have no gradient that could be cut off",
        (
            "BayesianNet.log_likelihood",
            "F.cross_entropy(output.transpose(1, 2), y, reduction='none') -> "
            "F.cross_entropy(output.transpose(1, 2), y)",
        ): "the loss takes the mean of all of it, and nothing else reads it",
        (
            "BayesianNet.log_likelihood",
            "output.transpose(1, 2) -> output.transpose(2, 1)",
        ): "exchanging two axes has no order",
    },
}
