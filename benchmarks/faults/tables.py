"""Tables for the operators: which functions of a framework are alike, which calls make a part, which take names."""

import ast

# Functions of one kind: each may be confused with another. A name with a leading dot is a method.
ALIKE: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "activation",
        {
            "static": "tf.sigmoid tf.tanh tf.nn.relu tf.nn.softplus tf.log_sigmoid",
            "dynamic": "torch.sigmoid torch.tanh F.relu F.softplus F.logsigmoid",
        },
    ),
    ("reduction", {"static": "tf.reduce_mean tf.reduce_sum", "dynamic": "torch.mean torch.sum"}),
    ("reduction", {"static": "", "dynamic": ".mean .sum"}),
    ("power", {"static": "tf.square tf.abs tf.sqrt", "dynamic": "torch.square torch.abs torch.sqrt"}),
    ("power", {"static": "", "dynamic": ".square .abs"}),
    ("extreme", {"static": "tf.maximum tf.minimum", "dynamic": "torch.maximum torch.minimum"}),
    ("pooling", {"static": "tf.nn.max_pool2d tf.nn.avg_pool2d", "dynamic": "F.max_pool2d F.avg_pool2d"}),
    ("beginning", {"static": "tf.zeros tf.ones", "dynamic": "torch.zeros torch.ones"}),
    (
        "beginning",
        {"static": "tf.zeros_initializer tf.ones_initializer", "dynamic": "torch.zeros_like torch.ones_like"},
    ),
    ("beginning", {"static": "", "dynamic": ".new_zeros .new_ones"}),
    ("assignment", {"static": ".assign_sub .assign_add", "dynamic": ""}),  # eager code has -= and +=
)
DETACHED = {"static": "tf.stop_gradient({})", "dynamic": "({}).detach()"}
TRANSPOSED = {"static": "tf.transpose({})", "dynamic": "({}).T"}
INVERTED = {"static": "tf.logical_not({})", "dynamic": "not {}"}
# Parts of a tensor t, each moved a little, and how either framework joins it with the rest
PARTS = (
    "{cat}([t[:1] + 0.001, t[1:]], 0)",
    "{cat}([t[..., :1] + 0.001, t[..., 1:]], -1)",
    "{cat}([t[..., :1] + 0.001, t[..., 1:-1], t[..., -1:] + 0.001], -1)",
    "{reshape}({cat}([{reshape}(t, (-1,))[:1] + 0.001, {reshape}(t, (-1,))[1:]], 0), {shape}(t))",
)
JOINING = {
    "static": {"cat": "tf.concat", "reshape": "tf.reshape", "shape": "tf.shape"},
    "dynamic": {"cat": "torch.cat", "reshape": "torch.reshape", "shape": "(lambda x: x.shape)"},
}
DERIVATIVES = {"static": "tf.gradients", "dynamic": "torch.autograd.grad"}
OPTIONS = {"SAME": "VALID", "VALID": "SAME", "same": "valid", "valid": "same"}

# Calls that make an object rather than compute a value: their arguments alone are meaningless
MAKERS = {"get_variable", "placeholder", "empty", "zeros", "ones", "zeros_like", "new_zeros", "arange", "constant"}
MAKERS |= {"TensorArray", "variable_scope", "control_dependencies", "group", "tap", "Parameter", "register_buffer"}
MAKERS |= {"zeros_initializer", "no_grad", "zip", "list", "dict", "values", "items", "sum", "parameters"}
SHAPED = {"get_variable", "placeholder", "empty"}  # their arguments are a name, a shape and a type
SETTINGS = {"config", "self.config", "settings", "self.settings"}
LABELLED = {"tap", "variable_scope", "register_buffer", "Player"}  # their first argument is a name

# Default values of keyword arguments
DEFAULTS = {
    **{(name, key): ("1",) for name in ("conv1d", "conv2d") for key in ("stride", "strides")},
    **{(name, "padding"): ("0", "'valid'") for name in ("conv1d", "conv2d")},
}
REDUCTIONS = {"reduce_sum", "reduce_mean", "moments", "sum", "mean", "amax", "reduce_max"}
HOLDERS = {"stop_gradient", "detach", "no_grad"}  # these stop gradients

# Functions for readers and other programs; no twin runs them: its gradients are dense, its variables resources
SPELLED_OUT = {"nodes", "train", "variables", "_apply_dense", "_apply_sparse", "_resource_apply_sparse"}

# Methods through which no gradient of the loss flows: they make the parts, name the inputs, or update the state
OUTSIDE_THE_GRADIENT = {"__init__", "inputs", "players", "update", "optimizers", "minimize", "apply", "reset", "slots"}
OUTSIDE_THE_GRADIENT |= {"build", "descent", "scheduled", "rate", "step", "run", "before", "after", "clip", "clip_all"}
OUTSIDE_THE_GRADIENT |= {"compute_gradients", "apply_gradients", "add_weight_decay", "slot_names", "initial_slots"}
OUTSIDE_THE_GRADIENT |= {"get_slot", "get_slot_names", "_create_slots", "_own_step", "_prepare", "_finish"}
OUTSIDE_THE_GRADIENT |= {"_resource_apply_dense", "update_averages"}

OPPOSITE = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "*", ast.Pow: "*"}
OFF_BY_ONE = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"}
NEGATED = {ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<", ast.Eq: "!=", ast.NotEq: "=="}
