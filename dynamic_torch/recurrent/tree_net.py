"""A recursive network that works out expressions with brackets. It has the shape of each expression's tree.

    digit      c = embedding[digit],  h = tanh(c)
    operator   i, f_left, f_right, o = sigmoid,  u = tanh   of the five parts of   (h_left, h_right) kernel + bias
               c = f_left c_left + f_right c_right + i u,  h = o tanh(c)       kernel, bias: the operator's own
    readings = h w + b   of every node,   loss = - mean log softmax(readings of the root)[y]

A node has a memory c, as in an LSTM. Each child's memory passes a forget gate of its own. The root's readings say what
the expression comes to, modulo 10; those of every other node say it of a part of the expression. Goller & Küchler 1996,
Socher et al. 2011; the node is the binary Tree-LSTM of Tai, Socher & Manning 2015.

The trees of a batch are read in one of two ways. Node by node: eager code calls itself for the children, so its calls
have the shape of the tree at hand; a graph, which is built before there is a tree, contains a machine that reads any: a
loop, a memory and a branch. By depth (Looks et al. 2017): all nodes of one height at once, in a few large operations.
That is many times faster, and less clear: trees are arrays of positions, and no line of either program looks like one.

Twin: static_tf/recurrent/tree_net.py
"""

import torch
from torch import nn
from torch.nn import functional as F

from dynamic_torch.model import Model
from dynamic_torch.optimizers import build
from shared.datasets.expressions import DIGITS, OPERATORS, PADDING


class TreeNet(Model):
    def __init__(self, config):
        super().__init__(config)
        hidden, operators = config.hidden, len(OPERATORS)
        self.embedding = nn.Parameter(torch.empty(DIGITS, hidden))
        self.kernel = nn.Parameter(torch.empty(2 * hidden, operators, 5 * hidden))
        self.bias = nn.Parameter(torch.empty(operators, 5 * hidden))
        self.w = nn.Parameter(torch.empty(hidden, DIGITS))
        self.b = nn.Parameter(torch.empty(DIGITS))
        self.optimizer = build(config.optimizer, self.named_parameters())

    # 1 What goes in, and what should come out
    # x: a digit, operator or padding (N, K) for each node in post-order: children before their parent, the root last
    # left, right: positions of a node's children (N, K); height: 0 of a leaf, else 1 + its higher child's (N, K)
    # sizes: nodes of each tree (N,); y: what the expression comes to, modulo 10 (N,)
    # The batch itself, as it is

    # 2 How X connects to Y
    def forward(self, x, left, right, height, sizes):  # a function, run at every step
        states = self.by_depth(x, left, right, height) if self.config.by_depth else self.by_node(x, left, right, sizes)
        c, h = states.chunk(2, dim=2)  # (N, K, H) each: zeros behind a tree's end
        self.tap("c", c)
        h = self.tap("h", h)
        readings = self.tap("readings", h @ self.w + self.b)  # (N, K, 10)
        return self.tap("logits", readings[torch.arange(len(x), device=x.device), sizes - 1])  # (N, 10): of the roots

    def digits(self):
        """The state of a leaf, for each of the ten digits."""
        return torch.cat([self.embedding, torch.tanh(self.embedding)], dim=1)  # (10, 2H)

    def operator(self, x, left, right):  # (M,), and twice (M, 2H)
        """The states of inner nodes, from those of their children."""
        (c_left, h_left), (c_right, h_right) = left.chunk(2, dim=1), right.chunk(2, dim=1)  # (M, H) each
        h = torch.cat([h_left, h_right], dim=1)  # (M, 2H)
        z = torch.tensordot(h, self.kernel, 1) + self.bias  # (M, 3, 5H): one product for all operators,
        z = z[torch.arange(len(x), device=x.device), x - DIGITS]  # (M, 5H): and each node keeps its own
        i, f_left, f_right, o, u = z.chunk(5, dim=1)  # (M, H) each
        c = torch.sigmoid(f_left) * c_left + torch.sigmoid(f_right) * c_right + torch.sigmoid(i) * torch.tanh(u)
        return torch.cat([c, torch.sigmoid(o) * torch.tanh(c)], dim=1)  # (M, 2H)

    def by_node(self, x, left, right, sizes):  # (N, K) each, (N,)
        """The states of all nodes, one after the other."""
        places = torch.nonzero(x < PADDING)  # (M, 2): row and position of every node, tree after tree
        symbols, lefts, rights = x.tolist(), left.tolist(), right.tolist()
        digits = self.digits().split(1)  # (1, 2H) each
        memory = {}

        # TWIN: `read` calls itself for the children of a node, so its calls are the tree. The memory only keeps states
        # for the taps, and Python's if takes one of the branches at each node
        def read(row, k):
            symbol = symbols[row][k]
            if symbol < DIGITS:
                state = digits[symbol]
            else:
                state = self.operator(x[row, k : k + 1], read(row, lefts[row][k]), read(row, rights[row][k]))
            memory[row, k] = state
            return state

        for row, size in enumerate(sizes.tolist()):
            read(row, size - 1)
        return self.placed(x, places, torch.cat([memory[row, k] for row, k in places.tolist()]))

    def by_depth(self, x, left, right, height):  # (N, K) each
        """The states of all nodes, height by height."""
        places = torch.nonzero(x < DIGITS)  # (M, 2): row and position of every leaf
        states = self.placed(x, places, self.digits()[x[places.unbind(1)]])
        # TWIN: the loop runs at every step, up to the greatest height in the batch; in the graph, that there can be
        for level in range(1, int(height.max()) + 1):
            row, k = torch.nonzero(height == level, as_tuple=True)  # (M,) each
            children = (states[row, child[row, k]] for child in (left, right))
            new = self.operator(x[row, k], *children)
            states = states.index_put((row, k), new)
        return states

    def placed(self, x, places, states):  # (N, K), (M, 2), (M, 2H); returns (N, K, 2H)
        """States at the places of their nodes, among zeros."""
        return states.new_zeros(*x.shape, 2 * self.config.hidden).index_put(places.unbind(1), states)

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return F.cross_entropy(logits, y)

    # 4 What it costs to be complicated: nothing
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # done here and now
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
