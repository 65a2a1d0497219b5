"""The known differences between the frameworks (shared/differences/), planted where a file deals with them.

Each is a pair of texts: a twin's code, and the code of an author unaware of the difference. In both, a name that begins
with an underscore stands for any expression.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from benchmarks.faults.mutant import Mutant, Site, named, sites, text
from shared.differences import DIFFERENCES
from shared.errors import unknown

# TF1's RMSProp, and a class of the same name that computes PyTorch's formula
TF1_RMSPROP = "tf.train.RMSPropOptimizer(_r, _d, _m, _e, centered=_c, name=_n)"
OWN_RMSPROP = (
    "type('RMSPropOptimizer', (tf.train.RMSPropOptimizer,), {{'_resource_apply_dense': lambda self, g, w: (lambda s, v,"
    " d, m, lr: (lambda s: (lambda v: w.assign_sub({after}).op)(v.assign(m * v + {rate} * g / {root})))(s.assign(d * s"
    " + (1 - d) * tf.square(g))))(self.get_slot(w, 'rms'), self.get_slot(w, 'momentum'), self._decay_tensor,"
    " self._momentum_tensor, self._learning_rate_tensor)}})(_r, _d, _m, _e, centered=_c, name=_n)"
)

# name in shared/differences/ -> side -> pairs: the twin's code, and code unaware of the difference
PLANTS: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {
    "rmsprop": {  # epsilon is added to the root
        "static": (
            (TF1_RMSPROP, OWN_RMSPROP.format(rate="lr", root="(tf.sqrt(s) + self._epsilon_tensor)", after="v")),
        ),
        "dynamic": (("torch.sqrt(_s + group['eps'])", "(torch.sqrt(_s) + group['eps'])"),),
    },
    "rmsprop_momentum": {  # the learning rate is outside of the velocity
        "static": (
            (TF1_RMSPROP, OWN_RMSPROP.format(rate="1.0", root="tf.sqrt(s + self._epsilon_tensor)", after="lr * v")),
        ),
        "dynamic": (
            (
                "v.copy_(group['momentum'] * v + group['lr'] * g / _root)",
                "(v.copy_(group['momentum'] * v + g / _root), w.sub_((group['lr'] - 1) * v))",
            ),
        ),
    },
    "rmsprop_slot": {
        "static": (
            (
                TF1_RMSPROP,
                "type('RMSPropOptimizer', (tf.train.RMSPropOptimizer,), {'_create_slots': lambda self, ws: [self."
                "_zeros_slot(w, slot, self.get_name() + '/' + slot) for w in ws for slot in ('rms', 'momentum', 'mg')"
                "[: 2 + self._centered]]})(_r, _d, _m, _e, centered=_c, name=_n)",
            ),
        ),
        "dynamic": (("1.0 if isinstance(optimizer, RMSProp) else 0.0", "0.0"),),
    },
    "adagrad_accumulator": {  # TF1 refuses 0, but not 1e-300, which has the same effect
        "static": (
            (
                "tf.train.AdagradOptimizer(_r, initial_accumulator_value=_i, name=_n)",
                "tf.train.AdagradOptimizer(_r, initial_accumulator_value=1e-300, name=_n)",
            ),
        ),
        "dynamic": (
            (
                "torch.optim.Adagrad(_p, _r, weight_decay=_d, initial_accumulator_value=_i, eps=0.0)",
                "torch.optim.Adagrad(_p, _r, weight_decay=_d, initial_accumulator_value=1e-300, eps=0.0)",
            ),
            (
                "torch.optim.Adagrad(_p, _r, weight_decay=_d, initial_accumulator_value=_i, eps=0.0)",
                "torch.optim.Adagrad(_p, _r, weight_decay=_d, initial_accumulator_value=_i)",
            ),
        ),
    },
    "adadelta_defaults": {
        "static": (
            (
                "tf.train.AdadeltaOptimizer(_r, _d, _e, name=_n)",
                "tf.train.AdadeltaOptimizer(_r, _d, np.float64(1e-8), name=_n)",
            ),
        ),
        "dynamic": (
            (
                "torch.optim.Adadelta(_p, _r, _d, _e, weight_decay=_w)",
                "torch.optim.Adadelta(_p, _r, weight_decay=_w)",
            ),
        ),
    },
    "adam_epsilon": {  # epsilon is added to sqrt(v), not to sqrt(v^)
        "static": (("tf.sqrt(_v) * _root + _epsilon", "(tf.sqrt(_v) + _epsilon) * _root"),),
        "dynamic": (
            (
                "torch.optim.Adam(_p, _r, _b, _e, weight_decay=_d)",
                "(lambda adam: (adam.register_step_pre_hook(lambda adam, *_: adam.param_groups[0].update("
                "eps=adam.defaults['eps'] / (1 - adam.defaults['betas'][1] ** (adam.param_groups[0]['count'].item() + 1"
                ")) ** 0.5)), adam)[1])(torch.optim.Adam(_p, _r, _b, _e, weight_decay=_d))",
            ),
        ),
    },
    "nesterov": {  # switched on or off
        "static": (
            (
                "tf.train.MomentumOptimizer(_r, _m, name=_n)",
                "tf.train.MomentumOptimizer(_r, _m, use_nesterov=True, name=_n)",
            ),
            (
                "tf.train.MomentumOptimizer(_r, _m, use_nesterov=True, name=_n)",
                "tf.train.MomentumOptimizer(_r, _m, name=_n)",
            ),
        ),
        "dynamic": (
            (
                "torch.optim.SGD(_p, _r, _m, weight_decay=_d)",
                "torch.optim.SGD(_p, _r, _m, weight_decay=_d, nesterov=True)",
            ),
            (
                "torch.optim.SGD(_p, _r, _m, weight_decay=_d, nesterov=True)",
                "torch.optim.SGD(_p, _r, _m, weight_decay=_d)",
            ),
        ),
    },
    "momentum_rate": {  # the velocity contains the learning rate; while the rate is constant, only the slot differs
        "static": (
            (
                "tf.train.MomentumOptimizer(_r, _m, name=_n)",
                "type('MomentumOptimizer', (tf.train.MomentumOptimizer,), {'_resource_apply_dense': lambda self, g, w:"
                " tf.train.MomentumOptimizer._resource_apply_dense(self, tf.cast(_r, g.dtype) * g, w)})"
                "(np.float64(1), _m, name=_n)",
            ),
        ),
    },
    "float32_hyperparameters": {
        "static": (
            ("n(_x)", "np.float32(_x)"),
            ("np.float64(config.learning_rate)", "np.float32(config.learning_rate)"),
        ),
        "dynamic": (
            (
                "torch.optim.SGD(_p, _r, _m, weight_decay=_d)",
                "torch.optim.SGD(_p, _r, torch.tensor(_m).item(), weight_decay=_d)",
            ),
            ("config.learning_rate", "torch.tensor(config.learning_rate).item()"),
            (
                "torch.optim.Adam(_p, _r, _b, _e, weight_decay=_d)",
                "torch.optim.Adam(_p, _r, tuple(torch.tensor(_b).tolist()), _e, weight_decay=_d)",
            ),
        ),
    },
    "gradient_clip": {  # PyTorch's formula
        "static": (
            (
                "tf.clip_by_global_norm(_g, _c)",
                "([g * tf.minimum(_c / (tf.global_norm(_g) + 1e-6), 1.0) for g in _g], None)",
            ),
        ),
        "dynamic": (("norm / torch.clamp(_n, min=norm)", "torch.clamp(norm / (_n + 1e-6), max=1.0)"),),
    },
    "weight_decay": {  # without the factor 1/2; or for matrices only
        "static": (
            ("tf.nn.l2_loss(_w)", "2 * tf.nn.l2_loss(_w)"),
            ("g + decay * w", "g + 2 * decay * w"),
            ("g + decay * w", "g + (decay if len(w.shape) > 1 else 0.0) * w"),
        ),
        "dynamic": (
            ("_config.l2 / 2", "_config.l2"),
            (
                "g + group['weight_decay'] * w",
                "g + (group['weight_decay'] if len(w.shape) > 1 else 0.0) * w",
            ),
        ),
    },
    "batch_norm_momentum": {  # the weight of the old average confused with that of the new value
        "static": (("1 - self.decay", "self.decay"),),
        "dynamic": (("1 - self.decay", "self.decay"),),
    },
    "batch_norm_variance": {  # divided by n, not n - 1
        "static": (("_v * n / (n - 1)", "_v"),),
        "dynamic": (
            (  # subtracts 1 / n of the new variance again
                "F.batch_norm(_z, *_averages, _gain, _shift, _training, _new, _epsilon)",
                "(F.batch_norm(_z, *_averages, _gain, _shift, _training, _new, _epsilon), _training and "
                "self.moving_variance.data.sub_(_new * _z.detach().var((0, 2, 3)) * _z.shape[1] / _z.numel()))[0]",
            ),
        ),
    },
    "batch_norm_updates": {  # the running averages keep their initial values
        "static": (("self.update_averages(_z, _mean, _variance)", "None"),),
        "dynamic": (
            (
                "F.batch_norm(_z, *_averages, _gain, _shift, _training, _new, _epsilon)",
                "F.batch_norm(_z, *_averages, _gain, _shift, _training, 0.0, _epsilon)",
            ),
        ),
    },
    "same_padding": {  # how many zeros SAME adds with stride 2, and on which side
        "static": (
            (
                "tf.nn.conv1d(tf.pad(_x, _ends), _k, stride=2, padding='VALID')",
                "tf.nn.conv1d(_x, _k, stride=2, padding='SAME')",
            ),
            (
                "tf.nn.conv2d(_x, kernel, strides=stride, padding='SAME')",
                "tf.nn.conv2d(_x, kernel, strides=stride, "
                "padding=[[0, 0], [kernel.shape[0] // 2] * 2, [kernel.shape[1] // 2] * 2, [0, 0]])",
            ),
        ),
        "dynamic": (
            (
                "F.conv1d(_x, _k, _b, stride=2, padding=1)",
                "F.conv1d(F.pad(_x, ((_k.shape[2] - 2 + _x.shape[2] % 2) // 2,"
                " (_k.shape[2] - 1 + _x.shape[2] % 2) // 2)), _k, _b, stride=2)",
            ),
            ("F.pad(_x, (0, _odd, 0, _odd))", "F.pad(_x, (_odd, 0, _odd, 0))"),
        ),
    },
    "layouts": {  # images flattened in the order of the other framework
        "static": (("tf.reshape(_h, (-1, _size))", "tf.reshape(tf.transpose(_h, (0, 3, 1, 2)), (-1, _size))"),),
        "dynamic": (
            ("rearrange(_h, 'n c h w -> n (h w c)')", "_h.flatten(1)"),
            ("rearrange(_h, 'n c t -> n (t c)')", "_h.flatten(1)"),
            (
                "rearrange(_u, 'n (t k) h w -> n (h w t) k', k=_k)",
                "rearrange(_u, 'n (t k) h w -> n (t h w) k', k=_k)",
            ),
        ),
    },
    "lstm_gates": {  # TF1's cell: i, j, f, o, and 1 added to the forget gate; PyTorch's: i, f, g, o, and nothing added
        "static": (("(i, f, g, o)", "(i, g, f, o)"), ("tf.sigmoid(f)", "tf.sigmoid(f + 1)")),
        "dynamic": (("(i, f, g, o)", "(i, g, f, o)"), ("torch.sigmoid(f)", "torch.sigmoid(f + 1)")),
    },
    "sequence_lengths": {  # positions after a sentence's end count too
        "static": (("_h * mask[:, :, tf.newaxis]", "_h"),),
        "dynamic": (("_h * mask[:, :, None]", "_h"),),
    },
    "dropout": {  # kept units are not scaled up
        "static": (
            ("_h * dropout_mask", "_h * tf.sign(dropout_mask)"),
            ("_h * dropout_mask[:, _i]", "_h * tf.sign(dropout_mask[:, _i])"),
        ),
        "dynamic": (
            ("_h * dropout_mask", "_h * torch.sign(dropout_mask)"),
            ("_h * dropout_mask[:, _i]", "_h * torch.sign(dropout_mask[:, _i])"),
        ),
    },
    "loss_reduction": {  # the sum of the examples' losses, not their mean
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
    "activations": {  # slopes of the leaky ReLU below zero; PyTorch's softplus is linear above 20
        "static": (
            ("tf.where(_z > 0, _z, _negative_slope * _z)", "tf.where(_z > 0, _z, 0.01 * _z)"),
            (  # in float32
                "tf.where(_z > 0, _z, self.negative_slope * _z)",
                "tf.nn.leaky_relu(_z, self.negative_slope)",
            ),
        ),
        "dynamic": (
            ("F.leaky_relu(_z, _negative_slope)", "F.leaky_relu(_z)"),
            ("F.logsigmoid(_x)", "-F.softplus(-_x)"),
        ),
    },
    "norm_at_zero": {  # no epsilon under the root
        "static": (
            (
                "tf.sqrt(tf.reduce_sum(tf.square(_s), axis=_axis, keepdims=True) + _epsilon)",
                "tf.norm(_s, axis=_axis, keepdims=True)",
            ),
        ),
        "dynamic": (
            (
                "torch.sqrt(torch.square(_s).sum(_axis, keepdim=True) + _epsilon)",
                "torch.linalg.vector_norm(_s, dim=_axis, keepdim=True)",
            ),
        ),
    },
    "max_ties": {  # at the kink: the whole gradient to the first, or half to each; of tied pieces, all to one
        "static": (
            ("tf.where(_z > 0, _z, _negative_slope * _z)", "tf.maximum(_z, _negative_slope * _z)"),
            ("tf.reduce_max(_z, axis=2)", "tf.gather(_z, tf.argmax(_z, axis=2), axis=2, batch_dims=2)"),
        ),
        "dynamic": (
            ("F.leaky_relu(_z, _negative_slope)", "torch.maximum(_z, _negative_slope * _z)"),
            ("F.prelu(_z, _a)", "torch.maximum(_z, _a * _z)"),
            ("torch.where(_z > 0, _z, _a * _z)", "torch.maximum(_z, _a * _z)"),
            ("torch.amax(_z, dim=2)", "torch.max(_z, dim=2).values"),
        ),
    },
}


def plants(name: str, path: str, source: str, side: str) -> list[Mutant]:
    """Return a known difference as mutants of a file of one side: one for each pair of texts, in all places at once.

    In the optimizers' file, one for each function or class, because no model runs them all.
    """
    if name not in DIFFERENCES:
        raise unknown("difference", name, DIFFERENCES)
    found = []
    for said, unknowing in PLANTS.get(name, {}).get(side, ()):
        optimizers = path.endswith("/optimizers.py")
        everywhere = list(_matches(_places(source, side), _expression(said)))
        kinds = dict.fromkeys(site.kind or site.function for site, _ in everywhere) if optimizers else [None]
        for kind in kinds:
            matches = [(site, bound) for site, bound in everywhere if kind in (None, site.kind or site.function)]
            if not matches:
                continue
            first, _ = matches[0]
            edits = tuple((site.position, _filled(unknowing, bound)) for site, bound in matches)
            also = tuple(dict.fromkeys(site.method for site, _ in matches if site.method != first.method))
            found.append((Mutant(path, first.line, first.method, f"known: {name}", "", edits[:1], also), first, edits))
    mutants = named([(mutant, site) for mutant, site, _ in found])
    return [
        replace(mutant, what=f"{name}: {mutant.what}", edits=edits) for mutant, (_, _, edits) in zip(mutants, found)
    ]


@cache
def _places(source: str, side: str) -> tuple[Site, ...]:
    """All places of a file, which is searched for every pattern."""
    return tuple(sites(ast.parse(source), side))


def _matches(places: Iterable[Site], pattern: ast.AST) -> Iterator[tuple[Site, dict[str, ast.AST]]]:
    """Yield the places that match a pattern, with the values of its underscored names; none inside another."""
    taken: list[Site] = []
    for site in places:
        bound: dict[str, ast.AST] = {}
        inside = any(site.position[: len(other.position)] == other.position for other in taken)
        if not inside and _match(pattern, site.node, bound):
            taken.append(site)
            yield site, bound


def _match(pattern: object, node: object, bound: dict[str, ast.AST]) -> bool:
    """Whether a node matches a pattern. An underscored name matches the same text everywhere."""
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
    """Return a text with the underscored names replaced by their values."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return bound.get(node.id, node)

    return text(Fill().visit(ast.parse(unknowing, mode="eval")))
