"""The base class of the static side's models: a model as a TF1 graph.

Twin: dynamic_torch/model.py
"""

from typing import Any, ClassVar

import tensorflow.compat.v1 as tf

from shared.players import Player, arguments


class Model:
    """A model as a TF1 graph. Its methods answer the lecture's questions, in this order.

    `__init__` makes the variables, `inputs` the placeholders, `forward` connects X to Y, `loss` computes what it
    costs to be wrong, `regularizer` what it costs to be complicated, `update` moves the parameters. Each is called
    once, while the graph is built. A variable's canonical name is its name in the graph.
    """

    layouts: ClassVar[dict[str, str]] = {}  # canonical name -> einops pattern "canonical -> own", where they differ

    def __init__(self, config: Any, dtype: tf.DType = tf.float32):
        self.config = config
        self.dtype = dtype
        self.graph = tf.get_default_graph()  # the one it is built in
        self.training = tf.placeholder_with_default(False, (), "training")  # batch statistics, or running averages?
        self.output: Any = None  # the result of forward
        self.taps: dict[str, tf.Tensor] = {}
        self.observer: Any = None  # called by `tap` in an observed graph
        self.scope = ""  # prefix of the taps' names while a player's loss is built

    def inputs(self) -> dict[str, tf.Tensor]:
        """The placeholders, by the names of a batch's entries."""
        raise NotImplementedError

    def forward(self, *inputs: tf.Tensor) -> tf.Tensor:
        """The model's output. Arguments are inputs, by name."""
        raise NotImplementedError

    def loss(self, output: tf.Tensor, *inputs: tf.Tensor) -> tf.Tensor:
        """What it costs to be wrong: a scalar. The first argument is the output, the others are inputs, by name."""
        raise NotImplementedError

    def regularizer(self) -> tf.Tensor | float:
        """What it costs to be complicated: a scalar, added to the loss."""
        return 0.0

    def update(self, loss: tf.Tensor) -> tf.Operation:
        """The operation that updates the parameters by one step."""
        raise NotImplementedError

    def players(self) -> list[Player]:
        """The players: one with every parameter, unless the model overrides this."""
        return [Player("loss", self.objective, self.canonical_parameters(), self.update)]

    def objective(self, **inputs: tf.Tensor) -> tf.Tensor:
        """The scalar to be minimised."""
        output = self(**arguments(self.forward, inputs))
        return self.loss(output, **arguments(self.loss, inputs, given=1)) + self.regularizer()

    def __call__(self, *inputs: tf.Tensor, **named: tf.Tensor) -> tf.Tensor:
        self.output = self.forward(*inputs, **named)
        return self.output

    def optimizers(self) -> list[tf.train.Optimizer]:
        """The optimizers: one for each player."""
        return [value for value in vars(self).values() if isinstance(value, tf.train.Optimizer)]

    def parameters(self, prefix: str = "") -> list[tf.Variable]:
        """The trainable variables whose canonical name starts with `prefix`, in order of creation."""
        return list(self.canonical_parameters(prefix).values())

    def canonical_parameters(self, prefix: str = "") -> dict[str, tf.Variable]:
        """The trainable variables whose canonical name starts with `prefix`."""
        trainable = self.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
        return {v.op.name: v for v in trainable if v.op.name.startswith(prefix)}

    def tap(self, name: str, value: tf.Tensor) -> tf.Tensor:
        """Name an activation and return it. Without an observer it is only registered: no operation is added."""
        name = self.scope + name
        if name in self.taps:
            raise ValueError(f"two taps are called {name!r}")
        self.taps[name] = value
        return value if self.observer is None else self.observer(name, value)
