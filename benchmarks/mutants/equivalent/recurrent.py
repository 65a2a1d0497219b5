"""Equivalent mutants of chapter recurrent, by file, method and change: see the package's docstring."""

from benchmarks.mutants.equivalent.reasons import BOTH_LOOPS, INTEGER

CHARACTERS = "numbers of characters, which have no gradient"
ARGMAX = "only the place of the largest logit is used here, which has no gradient"
BOTH_READ = "both ways through a tree compute the same, and each variant then goes the other's"
NO_HIGHER = "no node is that high, so nothing more is computed"

EQUIVALENT: dict[str, dict[tuple[str, str], str]] = {
    "static_tf/recurrent/attention.py": {
        (
            "Attention.decode",
            "self.config.loop == 'while_loop' -> self.config.loop != 'while_loop'",
        ): BOTH_LOOPS,
        ("Attention.decode", "self.following(logits, y_t) -> self.following(tf.stop_gradient(logits), y_t)"): ARGMAX,
        (
            "Attention.decode",
            "self.following(logits, y_t) -> self.following(logits, tf.stop_gradient(y_t))",
        ): CHARACTERS,
        (
            "Attention.decode_in_while_loop",
            "self.following(logits, ys[t]) -> self.following(tf.stop_gradient(logits), ys[t])",
        ): ARGMAX,
    },
    "dynamic_torch/recurrent/attention.py": {
        ("Attention.decode", "self.following(logits, y_t) -> self.following(logits.detach(), y_t)"): ARGMAX,
        ("Attention.decode", "self.following(logits, y_t) -> self.following(logits, y_t.detach())"): CHARACTERS,
    },
    "static_tf/recurrent/tree_net.py": {
        ("TreeNet.forward", "self.config.by_depth -> not self.config.by_depth"): BOTH_READ,
        ("TreeNet.operator", "x - DIGITS -> tf.stop_gradient(x) - DIGITS"): INTEGER,
        (
            "TreeNet.by_node",
            "tf.TensorArray(self.dtype, tf.size(nodes), element_shape=(1, 2 * self.config.hidden)) -> tf.TensorAr"
            "ray(self.dtype, tf.size(nodes))",
        ): "a TensorArray infers the shape from what is written first",
        (
            "TreeNet.by_node",
            "self.operator(node, memory.read(lefts[k]), memory.read(rights[k])) -> self.operator(tf.stop_gradient"
            "(node), memory.read(lefts[k]), memory.read(rights[k]))",
        ): INTEGER,
        (
            "TreeNet.by_node",
            "self.placed(x, places, memory.concat()) -> self.placed(x, tf.stop_gradient(places), memory.concat())",
        ): INTEGER,
        (
            "TreeNet.by_depth",
            "self.placed(x, places, tf.gather(self.digits(), tf.gather_nd(x, places))) -> self.placed(x, tf.stop_"
            "gradient(places), tf.gather(self.digits(), tf.gather_nd(x, places)))",
        ): INTEGER,
        ("TreeNet.by_depth", "self.config.largest -> 2 * self.config.largest"): NO_HIGHER,
        ("TreeNet.by_depth", "self.config.largest -> self.config.hidden"): NO_HIGHER,
        ("TreeNet.by_depth", "self.config.largest + 1 -> self.config.largest + 2"): NO_HIGHER,
        (
            "TreeNet.placed",
            "tf.concat([tf.shape(x, out_type=tf.int64), [2 * self.config.hidden]], 0) -> tf.concat([tf.shape(x, o"
            "ut_type=tf.int64), [2 * self.config.hidden]], -1)",
        ): "there is one axis, first or last",
        (
            "TreeNet.by_depth",
            "tf.equal(height, level) -> height",
        ): "all operators again at every height: states that are wrong at first are replaced, and get no gradient",
    },
    "dynamic_torch/recurrent/tree_net.py": {
        ("TreeNet.forward", "self.config.by_depth -> not self.config.by_depth"): BOTH_READ,
        ("TreeNet.by_node", "x.tolist() -> x"): "an element of a tensor compares and indexes as its number does",
        (
            "TreeNet.by_node",
            "read(row, size - 1) -> read(row, size - 1); read(row, size - 1)",
        ): "reading a tree twice leaves the same states",
        (
            "TreeNet.by_node",
            "self.placed(x, places, torch.cat([memory[row, k] for row, k in places.tolist()])) -> self.placed(x, "
            "places.detach(), torch.cat([memory[row, k] for row, k in places.tolist()]))",
        ): INTEGER,
        ("TreeNet.by_depth", "int(height.max()) + 1 -> int(height.max()) + 2"): NO_HIGHER,
    },
}
