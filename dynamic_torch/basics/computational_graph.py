"""A computational graph as a data structure: built, evaluated, differentiated.

    c = a + b         d = b + 1         e = c d

By the chain rule, backwards:  de/dc = d,  de/dd = c,  de/da = de/dc,  de/db = de/dc + de/dd.  b is used twice, so
two paths lead back to it and their derivatives add up. At a = 2, b = 1:  e = 6,  de/da = 2,  de/db = 5.

Twin: static_tf/basics/computational_graph.py
"""

import torch
from torch import nn
from torch.autograd.graph import get_gradient_edge

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from shared.basics.computational_graph import Node, topological_order


class ComputationalGraph(Model):
    """Three operations on two parameters, and no data."""

    def __init__(self, config):
        super().__init__(config)
        self.a = nn.Parameter(torch.empty(()))
        self.b = nn.Parameter(torch.empty(()))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out: nothing, there are only parameters
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self):  # a function, run at every step
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
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


def nodes(config, initial):
    """The graph that the framework keeps, inputs first, with the value and the derivative of every node.

    Here it is autograd's, which the computation leaves behind. A constant needs no derivative and has no node; b has
    one, in which its derivatives are added up.
    """
    model = ComputationalGraph(config)
    with torch.no_grad():
        for name, w in model.named_parameters():
            w.copy_(torch.from_numpy(initial[name]))
    tensors: dict[str, torch.Tensor] = dict(model.named_parameters())
    model.observer = lambda name, value, layout: tensors.setdefault(name, value)
    e = model.forward()

    # The structure: from e back to its inputs
    def sources(node):
        return [source for source, _ in node.next_functions if source is not None]

    order = topological_order(e.grad_fn, sources)
    names = {get_gradient_edge(value).node: name for name, value in tensors.items()}

    # What flows through it: values forward, derivatives backward
    values = [tensors[names[n]].item() for n in order]
    derivatives = {}
    for n in order:
        n.register_prehook(lambda arriving, n=n: derivatives.update({n: arriving[0].item()}))
    e.backward()  # runs the graph backwards, past the hooks
    return [
        Node(names[n], type(n).__name__, tuple(names[s] for s in sources(n)), value, derivatives[n])
        for n, value in zip(order, values)
    ]
