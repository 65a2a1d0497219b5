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

Twin: dynamic_torch/recurrent/tree_net.py
"""

import tensorflow.compat.v1 as tf

from shared.datasets.expressions import DIGITS, OPERATORS, PADDING
from static_tf.model import Model
from static_tf.optimizers import build


class TreeNet(Model):
    def __init__(self, config, dtype=tf.float32):
        super().__init__(config, dtype)
        hidden, operators = config.hidden, len(OPERATORS)
        self.embedding = tf.get_variable("embedding", (DIGITS, hidden), dtype)
        self.kernel = tf.get_variable("kernel", (2 * hidden, operators, 5 * hidden), dtype)
        self.bias = tf.get_variable("bias", (operators, 5 * hidden), dtype)
        self.w = tf.get_variable("w", (hidden, DIGITS), dtype)
        self.b = tf.get_variable("b", (DIGITS,), dtype)
        self.optimizer = build(config.optimizer)

    # 1 What goes in, and what should come out
    # x: a digit, operator or padding (N, K) for each node in post-order: children before their parent, the root last
    # left, right: positions of a node's children (N, K); height: 0 of a leaf, else 1 + its higher child's (N, K)
    # sizes: nodes of each tree (N,); y: what the expression comes to, modulo 10 (N,)
    def inputs(self):  # placeholders, to be fed
        nodes = (None, self.config.nodes)
        return {
            "x": tf.placeholder(tf.int64, nodes, "x"),
            "left": tf.placeholder(tf.int64, nodes, "left"),
            "right": tf.placeholder(tf.int64, nodes, "right"),
            "height": tf.placeholder(tf.int64, nodes, "height"),
            "sizes": tf.placeholder(tf.int64, (None,), "sizes"),
            "y": tf.placeholder(tf.int64, (None,), "y"),
        }

    # 2 How X connects to Y
    def forward(self, x, left, right, height, sizes):  # tensors, built once
        states = self.by_depth(x, left, right, height) if self.config.by_depth else self.by_node(x, left, right, sizes)
        c, h = tf.split(states, 2, axis=2)  # (N, K, H) each: zeros behind a tree's end
        self.tap("c", c)
        h = self.tap("h", h)
        readings = self.tap("readings", h @ self.w + self.b)  # (N, K, 10)
        return self.tap("logits", tf.gather(readings, sizes - 1, batch_dims=1))  # (N, 10): of the roots

    def digits(self):
        """The state of a leaf, for each of the ten digits."""
        return tf.concat([self.embedding, tf.tanh(self.embedding)], axis=1)  # (10, 2H)

    def operator(self, x, left, right):  # (M,), and twice (M, 2H)
        """The states of inner nodes, from those of their children."""
        (c_left, h_left), (c_right, h_right) = tf.split(left, 2, axis=1), tf.split(right, 2, axis=1)  # (M, H) each
        h = tf.concat([h_left, h_right], axis=1)  # (M, 2H)
        z = tf.tensordot(h, self.kernel, 1) + self.bias  # (M, 3, 5H): one product for all operators,
        z = tf.gather(z, x - DIGITS, batch_dims=1)  # (M, 5H): and each node keeps its own
        i, f_left, f_right, o, u = tf.split(z, 5, axis=1)  # (M, H) each
        c = tf.sigmoid(f_left) * c_left + tf.sigmoid(f_right) * c_right + tf.sigmoid(i) * tf.tanh(u)
        return tf.concat([c, tf.sigmoid(o) * tf.tanh(c)], axis=1)  # (M, 2H)

    def by_node(self, x, left, right, sizes):  # (N, K) each, (N,)
        """The states of all nodes, one after the other."""
        places = tf.where(x < PADDING)  # (M, 2): row and position of every node, tree after tree
        first = tf.cumsum(sizes, exclusive=True)[:, tf.newaxis]  # (N, 1): how many nodes come before each tree
        numbers = tf.gather_nd(tf.stack([x, first + left, first + right], axis=2), places)  # (M, 3)
        nodes, lefts, rights = tf.unstack(tf.cast(numbers, tf.int32), axis=1)  # (M,) each
        digits = self.digits()
        memory = tf.TensorArray(self.dtype, tf.size(nodes), element_shape=(1, 2 * self.config.hidden))

        # TWIN: a graph cannot call itself: it visits the nodes from first to last, and a parent finds its children's
        # states in the memory. Both branches are in the graph, and tf.cond runs one of them at each node
        def read(k, memory):
            node = nodes[k : k + 1]
            state = tf.cond(
                node[0] < DIGITS,
                lambda: tf.gather(digits, node),
                lambda: self.operator(node, memory.read(lefts[k]), memory.read(rights[k])),
            )
            return k + 1, memory.write(k, state)

        _, memory = tf.while_loop(lambda k, _: k < tf.size(nodes), read, (0, memory))
        return self.placed(x, places, memory.concat())

    def by_depth(self, x, left, right, height):  # (N, K) each
        """The states of all nodes, height by height."""
        places = tf.where(x < DIGITS)  # (M, 2): row and position of every leaf
        states = self.placed(x, places, tf.gather(self.digits(), tf.gather_nd(x, places)))
        # TWIN: the loop runs while the graph is built, up to the greatest height that there can be; in eager code, is
        for level in range(1, self.config.largest + 1):
            places = tf.where(tf.equal(height, level))  # (M, 2)
            children = (tf.stack([places[:, 0], tf.gather_nd(child, places)], axis=1) for child in (left, right))
            new = self.operator(tf.gather_nd(x, places), *(tf.gather_nd(states, child) for child in children))
            states = tf.tensor_scatter_nd_update(states, places, new)
        return states

    def placed(self, x, places, states):  # (N, K), (M, 2), (M, 2H); returns (N, K, 2H)
        """States at the places of their nodes, among zeros."""
        return tf.scatter_nd(places, states, tf.concat([tf.shape(x, out_type=tf.int64), [2 * self.config.hidden]], 0))

    # 3 What it costs to be wrong
    def loss(self, logits, y):
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))

    # 4 What it costs to be complicated: nothing
    def regularizer(self):
        return 0.0

    # 5 How parameters move
    def update(self, loss):  # an operation, to be run
        return self.optimizer.minimize(loss)
