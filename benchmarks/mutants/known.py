"""The known differences between the frameworks (shared/differences.py), planted where a file uses what they are about.

Each is a pair of texts: what a twin says, and what it would say if its author had not known. In both, a name that
begins with an underscore stands for any expression.
"""

import ast
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.mutants.rewrite import Mutant, Site, named, sites, text
from shared.differences import DIFFERENCES
from shared.errors import unknown

# name in shared/differences.py -> side -> what is said, and what would be said
PLANTS: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {
    "adam_epsilon": {  # epsilon is added to sqrt(v), not to sqrt(v^)
        "static": (("tf.sqrt(_v) * _root + _epsilon", "(tf.sqrt(_v) + _epsilon) * _root"),),
        "dynamic": (
            (
                "self.optimizer.state[_w]['step'].copy_(self.step)",
                "(self.optimizer.state[_w]['step'].copy_(self.step), self.optimizer.param_groups[0].update("
                "eps=self.optimizer.defaults['eps']"
                " / (1 - self.optimizer.defaults['betas'][1] ** (self.step.item() + 1)) ** 0.5))",
            ),
        ),
    },
    "nesterov": {
        "static": (
            (
                "tf.raw_ops.ResourceApplyMomentum(var=_w, accum=_v, lr=_lr, grad=_g, momentum=_m)",
                "tf.raw_ops.ResourceApplyMomentum(var=_w, accum=_v, lr=_lr, grad=_g, momentum=_m, use_nesterov=True)",
            ),
        ),
        "dynamic": (("torch.optim.SGD(_w, _lr, _m)", "torch.optim.SGD(_w, _lr, _m, nesterov=True)"),),
    },
    "momentum_rate": {  # the velocity has the learning rate in it; only the slot shows it while the rate is constant
        "static": (
            (
                "tf.raw_ops.ResourceApplyMomentum(var=_w, accum=_v, lr=_lr, grad=_g, momentum=_m)",
                "tf.raw_ops.ResourceApplyMomentum(var=_w, accum=_v, lr=tf.ones_like(_lr), grad=_lr * _g, momentum=_m)",
            ),
        ),
    },
    "float32_hyperparameters": {
        "static": (("tf.constant(_x, w.dtype)", "tf.cast(tf.constant(_x, tf.float32), w.dtype)"),),
        "dynamic": (
            ("torch.optim.SGD(_w, _lr, _m)", "torch.optim.SGD(_w, torch.tensor(_lr).item(), torch.tensor(_m).item())"),
            ("torch.optim.Adam(_w, _lr, _b, _e)", "torch.optim.Adam(_w, torch.tensor(_lr).item(), _b, _e)"),
        ),
    },
    "weight_decay": {  # one side has the half in it
        "static": (("tf.nn.l2_loss(_w)", "2 * tf.nn.l2_loss(_w)"),),
        "dynamic": (("_config.l2 / 2", "_config.l2"),),
    },
    "batch_norm_momentum": {  # how much of the old is kept, for how much of the new comes in
        "static": (("1 - self.decay", "self.decay"),),
        "dynamic": (("1 - self.decay", "self.decay"),),
    },
    "batch_norm_variance": {  # n, not n - 1
        "static": (("_v * n / (n - 1)", "_v"),),
        "dynamic": (
            (  # what came in is taken back by 1 / n of it
                "F.batch_norm(_z, *_averages, _gain, _shift, _training, _new, _epsilon)",
                "(F.batch_norm(_z, *_averages, _gain, _shift, _training, _new, _epsilon), _training and "
                "self.moving_variance.data.sub_(_new * _z.detach().var((0, 2, 3)) * _z.shape[1] / _z.numel()))[0]",
            ),
        ),
    },
    "batch_norm_updates": {  # the running averages stay where they start
        "static": (("_n.updates(_z, _mean, _variance)", "[]"),),
        "dynamic": (
            (
                "F.batch_norm(_z, *_averages, _gain, _shift, _training, _new, _epsilon)",
                "F.batch_norm(_z, *_averages, _gain, _shift, _training, 0.0, _epsilon)",
            ),
        ),
    },
    "same_padding": {  # as many zeros as SAME takes when it skips positions, and where it puts them
        "static": (
            (
                "tf.nn.conv1d(tf.pad(_x, _ends), _k, stride=2, padding='VALID')",
                "tf.nn.conv1d(_x, _k, stride=2, padding='SAME')",
            ),
        ),
        "dynamic": (
            (
                "F.conv1d(_x, _k, _b, stride=2, padding=1)",
                "F.conv1d(F.pad(_x, ((_k.shape[2] - 2 + _x.shape[2] % 2) // 2, (_k.shape[2] - 1 + _x.shape[2] % 2) // 2"
                ")), _k, _b, stride=2)",
            ),
        ),
    },
    "layouts": {  # flat images in the order of the other framework
        "static": (("tf.reshape(_h, (-1, _size))", "tf.reshape(tf.transpose(_h, (0, 3, 1, 2)), (-1, _size))"),),
        "dynamic": (
            ("rearrange(_h, 'n c h w -> n (h w c)')", "_h.flatten(1)"),
            ("rearrange(_h, 'n c t -> n (t c)')", "_h.flatten(1)"),
        ),
    },
    "lstm_gates": {  # TF1's cell: i, j, f, o, and 1 added to the forget gate; PyTorch's: i, f, g, o, and nothing added
        "static": (("(i, f, g, o)", "(i, g, f, o)"), ("tf.sigmoid(f)", "tf.sigmoid(f + 1)")),
        "dynamic": (("(i, f, g, o)", "(i, g, f, o)"), ("torch.sigmoid(f)", "torch.sigmoid(f + 1)")),
    },
    "sequence_lengths": {  # what follows a sentence's end counts
        "static": (("_h * mask[:, :, tf.newaxis]", "_h"),),
        "dynamic": (("_h * mask[:, :, None]", "_h"),),
    },
    "dropout": {  # what is kept is not made larger
        "static": (("_h * keep", "_h * tf.sign(keep)"),),
        "dynamic": (("_h * keep", "_h * torch.sign(keep)"),),
    },
    "loss_reduction": {  # one loss an example, or their mean
        "static": (("tf.reduce_mean(_losses)", "tf.reduce_sum(_losses)"),),
        "dynamic": (
            ("F.cross_entropy(_z, _y)", "F.cross_entropy(_z, _y, reduction='sum')"),
            (
                "F.binary_cross_entropy_with_logits(_z, _y)",
                "F.binary_cross_entropy_with_logits(_z, _y, reduction='sum')",
            ),
            ("torch.mean(_losses)", "torch.sum(_losses)"),
        ),
    },
    "activations": {  # slopes of the leaky ReLU below zero; PyTorch's softplus is a line from 20 on
        "static": (("tf.where(_z > 0, _z, _leak * _z)", "tf.where(_z > 0, _z, 0.01 * _z)"),),
        "dynamic": (
            ("F.leaky_relu(_z, _leak)", "F.leaky_relu(_z)"),
            ("F.logsigmoid(_x)", "-F.softplus(-_x)"),
        ),
    },
    "max_ties": {  # on the kink: all of the gradient to the first, or half to each
        "static": (("tf.where(_z > 0, _z, _leak * _z)", "tf.maximum(_z, _leak * _z)"),),
        "dynamic": (("F.leaky_relu(_z, _leak)", "torch.maximum(_z, _leak * _z)"),),
    },
}


def plants(name: str, path: str, source: str, side: str) -> list[Mutant]:
    """A known difference planted in a file of one side: at all places at once, once for each way to say it."""
    if name not in DIFFERENCES:
        raise unknown("difference", name, DIFFERENCES)
    found = []
    for said, unknowing in PLANTS.get(name, {}).get(side, ()):
        matches = list(_matches(ast.parse(source), side, _expression(said)))
        if matches:
            first, _ = matches[0]
            edits = tuple((site.position, _filled(unknowing, bound)) for site, bound in matches)
            found.append((Mutant(path, first.line, first.method, f"known: {name}", "", edits[:1]), first, edits))
    mutants = named([(mutant, site) for mutant, site, _ in found])
    return [
        replace(mutant, what=f"{name}: {mutant.what}", edits=edits) for mutant, (_, _, edits) in zip(mutants, found)
    ]


def _matches(tree: ast.AST, side: str, pattern: ast.AST) -> Iterator[tuple[Site, dict[str, ast.AST]]]:
    """The places where a pattern stands, with what its underscored names stand for; none inside of another."""
    taken: list[Site] = []
    for site in sites(tree, side):
        bound: dict[str, ast.AST] = {}
        inside = any(site.position[: len(other.position)] == other.position for other in taken)
        if not inside and _match(pattern, site.node, bound):
            taken.append(site)
            yield site, bound


def _match(pattern: object, node: object, bound: dict[str, ast.AST]) -> bool:
    """Whether a node reads as the pattern does. The same underscored name stands for the same text everywhere."""
    if isinstance(pattern, ast.Name) and pattern.id.startswith("_"):
        return isinstance(node, ast.expr) and text(bound.setdefault(pattern.id, node)) == text(node)
    if isinstance(pattern, ast.expr_context):
        return True
    if isinstance(pattern, list):
        return (
            isinstance(node, list)
            and len(pattern) == len(node)
            and all(_match(p, n, bound) for p, n in zip(pattern, node))
        )
    if isinstance(pattern, ast.AST):
        if type(pattern) is not type(node):
            return False
        return all(_match(value, getattr(node, field), bound) for field, value in ast.iter_fields(pattern))
    return pattern == node


def _expression(said: str) -> ast.AST:
    return ast.parse(said, mode="eval").body


def _filled(unknowing: str, bound: dict[str, ast.AST]) -> str:
    """A text with the underscored names replaced by what they stand for."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return bound.get(node.id, node)

    return text(Fill().visit(ast.parse(unknowing, mode="eval")))
