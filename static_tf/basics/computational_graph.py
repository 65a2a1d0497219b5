"""A computational graph as a data structure: built, evaluated, differentiated.

    c = a + b         d = b + 1         e = c d

By the chain rule, backwards:  de/dc = d,  de/dd = c,  de/da = de/dc,  de/db = de/dc + de/dd.  b is used twice, so
two paths lead back to it and their derivatives add up. At a = 2, b = 1:  e = 6,  de/da = 2,  de/db = 5.

Twin: dynamic_torch/basics/computational_graph.py
"""

import tensorflow.compat.v1 as tf

from shared.basics.computational_graph import Node, topological_order
from static_tf.model import Model
from static_tf.optimizers import build


class ComputationalGraph(Model):
    """Three operations on two parameters, and no data."""

    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        self.a = tf.get_variable("a", (), dtype)
        self.b = tf.get_variable("b", (), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out: nothing, there are only parameters
    def inputs(self):
        return {}

    # 2 How X connects to Y
    def forward(self):  # tensors, built once
        c = self.tap("c", self.a + self.b)  # ()
        d = self.tap("d", self.b + 1)  # ()
        return self.tap("e", c * d)  # ()

    # 3 What it costs to be wrong: e itself
    def loss(self, e):
        return e

    # 4 What it costs to be complicated: nothing
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)


def nodes(config, initial):
    """The graph that the framework keeps, inputs first, with the value and the derivative of every node.

    Here it is the tf.Graph, which exists before anything is computed. Every constant and every reading of a variable is
    an operation too: b is read twice, and 2 + 3 = 5.
    """
    with tf.Graph().as_default() as graph, tf.variable_scope("", use_resource=True):
        model = ComputationalGraph(config)
        e = model.forward()

    # The structure: from e back to its inputs
    def sources(operation):
        return [tensor.op for tensor in operation.inputs]

    order = topological_order(e.op, sources)
    taps = {value.op: name for name, value in model.taps.items()}
    names = {operation: taps.get(operation, operation.name) for operation in order}

    # What flows through it: values forward, derivatives backward
    variables = {w.handle.op: w for w in model.parameters()}
    tensors = [variables.get(operation, operation.outputs[0]) for operation in order]
    with graph.as_default(), tf.Session() as session:
        gradients = tf.gradients(e, tensors)  # adds the operations that go backwards
        start = [w.assign(initial[w.op.name]) for w in model.parameters()]
        graph.finalize()
        session.run(start)
        values, derivatives = session.run((tensors, gradients))
    return [
        Node(names[n], n.type, tuple(names[s] for s in sources(n)), float(value), float(derivative))
        for n, value, derivative in zip(order, values, derivatives)
    ]
