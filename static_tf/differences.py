"""The known differences between the frameworks, each as a small TF1 graph: what TF1 computes by default, and, where
this side is the one to change, how it is written to compute what PyTorch does.

A probe takes arrays by name, as tensors, and returns named outputs. `aligned` is a parameter of the side that is
written differently to make both equal. The table is shared/differences.py.

Twin: dynamic_torch/differences.py
"""

from contextlib import contextmanager

import numpy as np
import tensorflow.compat.v1 as tf
from scipy.optimize import minimize

from shared.differences import Probe, call

PROBES: dict[str, Probe] = {}


def probe(function):
    """Enter a function in the table of this side, under its own name."""
    PROBES[function.__name__] = function
    return function


def run(name: str, inputs: dict[str, np.ndarray], aligned: bool = False) -> dict[str, np.ndarray]:
    """The outputs of one probe, by name: its graph is built, and run once in a Session of its own."""
    cpu = tf.ConfigProto(device_count={"GPU": 0}, intra_op_parallelism_threads=1, use_per_session_threads=True)
    with _without_notices(), tf.Graph().as_default(), tf.Session(config=cpu) as session:
        tensors = {key: tf.placeholder_with_default(value, value.shape, key) for key, value in inputs.items()}
        outputs = call(PROBES[name], tensors, aligned)
        outputs = {key: tf.convert_to_tensor(value) for key, value in outputs.items()}
        session.run(tf.global_variables_initializer())
        return {key: np.asarray(value) for key, value in session.run(outputs).items()}


@contextmanager
def _without_notices():
    """Most of what is probed here is marked as deprecated, which is why people port it: no need to say so again."""
    verbosity = tf.logging.get_verbosity()
    tf.logging.set_verbosity(tf.logging.ERROR)
    try:
        yield
    finally:
        tf.logging.set_verbosity(verbosity)


def descend(make, w, gradients, rates, penalty=None):
    """`w` after one step of the optimizer down each of the gradients, at its rate. Each step waits for the last.

    A penalty is a function of `w` whose gradient is added.
    """
    w, rate = variable(w), variable(rates[0])
    optimizer, step = make(rate), tf.no_op()
    for g, r in zip(each(gradients), each(rates)):
        with tf.control_dependencies([step]), tf.control_dependencies([rate.assign(r)]):
            total = g + slope(penalty(w.read_value()), w) if penalty else g
            step = optimizer.apply_gradients([(total, w)])
    with tf.control_dependencies([step]):
        return w.read_value()


def variable(initial):
    """A variable that starts as the given tensor."""
    return tf.Variable(initial, use_resource=True)


def each(values):
    """The entries along the first axis, one by one."""
    return values if isinstance(values, list) else tf.unstack(values)


def slope(y, x):
    """The gradient of the sum of y with respect to x."""
    return tf.gradients(y, x)[0]


def refused(function):
    """Whether computing it is an error, as 1 or 0."""
    try:
        tf.get_default_session().run(function())
    except tf.errors.InvalidArgumentError:
        return tf.constant(1.0)
    return tf.constant(0.0)


# Optimizers. Hyper-parameters are np.float64: see float32_hyperparameters


@probe
def rmsprop(w, gradients, rates):
    def make(rate):
        return tf.train.RMSPropOptimizer(rate, np.float64(0.9), epsilon=np.float64(1e-10))

    return {"w": descend(make, w, gradients, rates)}


@probe
def rmsprop_momentum(w, gradients, rates):
    def momentum(rate):
        return tf.train.RMSPropOptimizer(rate, np.float64(0.9), np.float64(0.9), np.float64(0))

    def centred(rate):
        return tf.train.RMSPropOptimizer(rate, np.float64(0.9), epsilon=np.float64(1e-3), centered=True)

    return {
        "momentum": descend(momentum, w, gradients, rates),
        "centred": descend(centred, w, gradients, rates),
    }


@probe
def rmsprop_slot(w, gradients, rates):
    def make(rate):
        return tf.train.RMSPropOptimizer(rate, np.float64(0.9), epsilon=np.float64(0))

    return {"w": descend(make, w, gradients, rates)}


@probe
def adagrad_accumulator(w, gradients, rates):
    return {"w": descend(tf.train.AdagradOptimizer, w, gradients, rates)}


@probe
def adadelta_defaults(w, gradients, rates):
    def make(rate):
        return tf.train.AdadeltaOptimizer(rate, np.float64(0.95), np.float64(1e-8))

    return {"w": descend(make, w, gradients, 0.001 * rates)}


@probe
def adam_epsilon(w, gradients, rates):
    def make(rate):
        return tf.train.AdamOptimizer(rate, np.float64(0.9), np.float64(0.999), np.float64(1e-8))

    return {
        "w": descend(make, w, gradients, rates),
        "w, small gradients": descend(make, w, 1e-6 * gradients, rates),
    }


@probe
def momentum_rate(w, gradients, rates):
    def make(rate):
        return tf.train.MomentumOptimizer(rate, np.float64(0.9))

    keras, velocity = w, tf.zeros_like(w)
    for g, rate in zip(each(gradients), each(rates)):
        velocity = 0.9 * velocity - rate * g
        keras = keras + velocity
    damped, velocity = w, tf.zeros_like(w)
    for g, rate in zip(each(gradients), each(rates)):
        velocity = 0.9 * velocity + 0.5 * g
        damped = damped - rate * velocity
    return {"TF1": descend(make, w, gradients, rates), "Keras, Caffe": keras, "dampening": damped}


@probe
def nesterov(w, gradients, rates):
    def make(rate):
        return tf.train.MomentumOptimizer(rate, np.float64(0.9), use_nesterov=True)

    return {"w": descend(make, w, gradients, rates)}


@probe
def float32_hyperparameters(w, gradients, aligned):
    number = np.float64 if aligned else float

    def make(_):
        return tf.train.MomentumOptimizer(number(0.1), number(0.9))

    return {"w": descend(make, w, gradients, gradients[:, 0])}


@probe
def sparse_gradients(w, words, errors, rates, aligned):
    gradients = [slope(tf.gather(w, row) * error, w) for row, error in zip(each(words), each(errors))]
    if aligned:
        gradients = [tf.convert_to_tensor(g) for g in gradients]

    def momentum(rate):
        return tf.train.MomentumOptimizer(rate, np.float64(0.9))

    def rmsprop(rate):
        return tf.train.RMSPropOptimizer(rate, np.float64(0.9), epsilon=np.float64(0))

    def adam(rate):
        return tf.train.AdamOptimizer(rate, np.float64(0.9), np.float64(0.999), np.float64(0))

    return {
        "momentum": descend(momentum, w, gradients, rates),
        "RMSProp": descend(rmsprop, w, gradients, rates),
        "Adam": descend(adam, w, gradients, rates),
    }


@probe
def weight_decay(w, gradients, rates):
    def l2_loss(w):
        return 0.1 * tf.nn.l2_loss(w)

    def keras_l2(w):
        return 0.1 * tf.reduce_sum(tf.square(w))

    def adam(rate):
        return tf.train.AdamOptimizer(rate, np.float64(0.9), np.float64(0.999), np.float64(0))

    return {
        "l2_loss": descend(tf.train.GradientDescentOptimizer, w, gradients, rates, l2_loss),
        "Keras l2": descend(tf.train.GradientDescentOptimizer, w, gradients, rates, keras_l2),
        "a bias": descend(tf.train.GradientDescentOptimizer, w, gradients, rates),
        "Adam": descend(adam, w, gradients, rates, l2_loss),
    }


@probe
def quasi_newton(w):
    loss = tf.reduce_sum(tf.log(tf.cosh(w - 1))) + 0.1 * tf.reduce_sum(tf.square(w[1:] - w[:-1]))
    gradient, session = slope(loss, w), tf.get_default_session()

    def evaluate(value):
        return session.run([loss, gradient], {w: value})

    found = minimize(evaluate, session.run(w), jac=True, method="BFGS", options={"maxiter": 4})
    return {"w": tf.constant(found.x)}


@probe
def gradient_clip(w, gradients, rates):
    clipped, _ = tf.clip_by_global_norm(each(gradients), 0.5)
    decayed = [tf.train.exponential_decay(rates[0], step, 3, np.float64(0.9)) for step in range(6)]
    return {"clipped": tf.stack(clipped), "rates": tf.stack(decayed)}


# Normalisation


@probe
def batch_norm_momentum(x):
    average = tf.zeros_like(x[0, 0])
    for batch in each(x):
        mean, variance = tf.nn.moments(batch, [0])
        average = 0.99 * average + 0.01 * mean
    normalised = tf.nn.batch_normalization(batch, mean, variance, None, None, 1e-3)
    return {"running mean": average, "normalised": normalised}


@probe
def batch_norm_variance(x, images, aligned):
    _, variance = tf.nn.moments(x, [0])
    n = x.shape[0]
    if aligned:
        variance = variance * n / (n - 1)
    images = tf.cast(images, tf.float32)  # the fused kernel knows no float64
    ones = tf.ones(images.shape[-1])
    _, _, fused = tf.nn.fused_batch_norm(images, ones, ones)
    y, _, _ = tf.nn.fused_batch_norm(tf.ones_like(images), ones, 0 * ones, 0 * ones, 0 * ones, 1e-5, is_training=False)
    return {
        "moments": variance,
        "fused_batch_norm": fused,
        "epsilon in use": tf.round(1e8 / tf.square(y)),
    }


@probe
def batch_norm_updates(x, aligned):
    mean, variance = tf.nn.moments(x, [0])
    average = variable(tf.zeros_like(mean))
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, average.assign_add(0.1 * (mean - average)))
    training = tf.placeholder_with_default(False, ())
    mean, variance = tf.cond(training, lambda: (mean, variance), lambda: (tf.zeros_like(mean), tf.ones_like(mean)))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS) if aligned else []):
        return {
            "running mean": average.read_value(),
            "output": tf.nn.batch_normalization(x, mean, variance, None, None, 1e-5),
        }


@probe
def layer_norm_epsilon(x):
    mean, variance = tf.nn.moments(x, [1], keepdims=True)
    return {
        "contrib": tf.nn.batch_normalization(x, mean, variance, None, None, 1e-12),
        "Keras": tf.nn.batch_normalization(x, mean, variance, None, None, 1e-3),
        "variance": tf.math.reduce_variance(x, 1),
    }


@probe
def l2_normalize(x, small):
    return {"x": tf.nn.l2_normalize(x, 1), "small x": tf.nn.l2_normalize(small, 1)}


@probe
def local_response_norm(x, aligned):
    if not aligned:
        return {"y": tf.cast(tf.nn.local_response_normalization(tf.cast(x, tf.float32)), tf.float64)}
    channels = np.arange(x.shape[-1])
    near = np.abs(channels[:, None] - channels) <= 5
    return {"y": x / tf.sqrt(1 + tf.tensordot(tf.square(x), near.astype(float), 1))}


# Convolution, pooling, resizing, layout


@probe
def same_padding(x, kernel):
    return {
        "stride 1": tf.nn.conv2d(x, kernel, 1, "SAME"),
        "stride 2": tf.nn.conv2d(x, kernel, 2, "SAME"),
        "dilation 2": tf.nn.convolution(x, kernel, "SAME", dilation_rate=(2, 2)),
    }


@probe
def transposed_convolution(x, kernel):
    n, height, width, _ = x.shape.as_list()
    shape = (n, 2 * height, 2 * width, kernel.shape[2])
    return {"y": tf.nn.conv2d_transpose(x, kernel, shape, 2, "SAME")}


@probe
def average_pool_padding(x):
    return {
        "average, stride 1": tf.nn.avg_pool(x, 3, 1, "SAME"),
        "average, stride 2": tf.nn.avg_pool(x, 3, 2, "SAME"),
        "largest, stride 2": tf.nn.max_pool(x, 3, 2, "SAME"),
    }


@probe
def layouts(x, kernel, w, square):
    n, height, width, _ = x.shape.as_list()
    return {
        "convolution": tf.nn.conv2d(x, kernel, 1, "VALID"),
        "transposed convolution": tf.nn.conv2d_transpose(
            x, kernel, (n, height + 2, width + 2, kernel.shape[2]), 1, "VALID"
        ),
        "depthwise convolution": tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "VALID"),
        "dense": x @ square,
        "dense after flattening": tf.reshape(x, (n, -1)) @ w,
    }


@probe
def resize_bilinear(x, aligned):
    n, m = 2 * x.shape[1], 2 * x.shape[1] - 1
    return {
        "twice the size": tf.image.resize_bilinear(x, (n, n), half_pixel_centers=aligned),
        "corners aligned": tf.image.resize_bilinear(x, (m, m), align_corners=True),
        "bicubic, inside": tf.image.resize_bicubic(x, (n, n), half_pixel_centers=True)[:, 3:-3, 3:-3],
    }


@probe
def resize_nearest(x):
    return {
        "nearest": tf.image.resize_nearest_neighbor(x, (5, 5)),
        "half pixel": tf.image.resize_nearest_neighbor(x, (5, 5), half_pixel_centers=True),
        "depth to space": tf.depth_to_space(x, 2),
        "symmetric padding": tf.pad(x, [[0, 0], [2, 2], [2, 2], [0, 0]], "SYMMETRIC"),
    }


# Recurrent nets, attention, sequences


@probe
def lstm_gates(x, kernel, bias):
    c = h = tf.zeros((x.shape[0], bias.shape[0] // 4), x.dtype)
    outputs = []
    for x_t in tf.unstack(x, axis=1):
        i, j, f, o = tf.split(tf.concat([x_t, h], 1) @ kernel + bias, 4, 1)
        c = tf.sigmoid(f + 1) * c + tf.sigmoid(i) * tf.tanh(j)
        h = tf.sigmoid(o) * tf.tanh(c)
        outputs.append(h)
    return {"h": tf.stack(outputs, 1), "c": c}


@probe
def gru_reset(x, kernel, recurrent_kernel, bias):
    h = tf.zeros((x.shape[0], bias.shape[0] // 3), x.dtype)
    gates, candidate = tf.split(recurrent_kernel, [2 * h.shape[1], h.shape[1]], 1)
    outputs = []
    for x_t in tf.unstack(x, axis=1):
        x_r, x_u, x_c = tf.split(x_t @ kernel + bias, 3, 1)
        h_r, h_u = tf.split(h @ gates, 2, 1)
        r, u = tf.sigmoid(x_r + h_r), tf.sigmoid(x_u + h_u)
        c = tf.tanh(x_c + (r * h) @ candidate)
        h = u * h + (1 - u) * c
        outputs.append(h)
    return {"the library's layer": tf.stack(outputs, 1), "written out": tf.stack(outputs, 1)}


class TanhCell:
    """The cell that tf.nn.dynamic_rnn runs over time: h = tanh(x w + h u)."""

    def __init__(self, w, u):
        self.w, self.u = w, u
        self.output_size = self.state_size = u.shape[0]

    def zero_state(self, batch, dtype):
        return tf.zeros((batch, self.state_size), dtype)

    def __call__(self, x, h, scope=None):
        h = tf.tanh(x @ self.w + h @ self.u)
        return h, h


@probe
def sequence_lengths(x, lengths, w, u):
    outputs, state = tf.nn.dynamic_rnn(TanhCell(w, u), x, lengths, dtype=x.dtype)
    unmasked, _ = tf.nn.dynamic_rnn(TanhCell(w, u), x, dtype=x.dtype)
    return {"outputs": outputs, "state": state, "batch first": unmasked}


def exact_ctc(logits, labels, lengths):
    """CTC's losses (Graves et al. 2006, equations 5 to 8) in float64, where TF1's kernel still adds in float32."""
    blank, (n, size) = logits.shape[2] - 1, labels.shape
    symbols = tf.stack([tf.fill((n, size), blank), tf.where(labels < 0, tf.fill((n, size), blank), labels)], 2)
    path = tf.concat([tf.reshape(symbols, (n, 2 * size)), tf.fill((n, 1), blank)], 1)  # blank, label, blank, ...
    emitted = tf.einsum("tnc,nsc->tns", tf.nn.log_softmax(logits), tf.one_hot(path, blank + 1, dtype=logits.dtype))
    never = tf.fill((n, 2 * size + 1), tf.constant(-1e9, logits.dtype))  # a logarithm of 0 with a gradient
    skips = tf.concat([tf.fill((n, 2), False), tf.not_equal(path[:, 2:], path[:, :-2])], 1)
    alpha = tf.concat([emitted[0, :, :2], never[:, 2:]], 1)
    for t in range(1, logits.shape[0]):
        step = tf.concat([never[:, :1], alpha[:, :-1]], 1)
        skip = tf.where(skips, tf.concat([never[:, :2], alpha[:, :-2]], 1), never)
        moved = tf.reduce_logsumexp(tf.stack([alpha, step, skip]), 0) + emitted[t]
        alpha = tf.where(t < lengths, moved, alpha)
    last = 2 * tf.math.count_nonzero(labels >= 0, 1, keepdims=True)
    return -tf.reduce_logsumexp(tf.gather(alpha, tf.concat([last - 1, last], 1), batch_dims=1), 1)


@probe
def ctc(logits, labels, lengths, aligned):
    given = tf.where(labels >= 0)
    sparse = tf.SparseTensor(given, tf.gather_nd(labels, given), labels.shape)
    loss = exact_ctc(logits, labels, lengths) if aligned else tf.nn.ctc_loss(sparse, logits, lengths)
    short = tf.minimum(lengths, 2)  # an error, unless it is asked for
    return {
        "losses": loss,
        "gradients": slope(loss, logits),
        "mean": tf.reduce_mean(loss),
        "too short": tf.nn.ctc_loss(sparse, logits, short, ignore_longer_outputs_than_inputs=True),
    }


@probe
def attention_mask(scores, keep):
    def attention(mask):
        return tf.nn.softmax(scores - 1e9 * (1 - mask))

    return {"a masked word": attention(keep), "a masked sentence": attention(0 * keep)}


@probe
def stft(x):
    frames = tf.signal.stft(x, 16, 8)
    return {
        "first frame": frames[0],
        "number of frames": frames.shape[0],
        "window": tf.signal.hann_window(16, dtype=tf.float64),
    }


# Losses, activations, gradients at corners


@probe
def loss_reduction(logits, labels, prediction, target, weights):
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    return {
        "gradient of cross-entropy": slope(loss, logits),
        "weighted": tf.losses.mean_squared_error(target, prediction, weights),
    }


@probe
def log_loss(p, y, logits, aligned):
    def cross_entropy(p):
        if not aligned:
            return tf.losses.log_loss(y, p)  # float32, whatever it is given
        return -tf.reduce_mean(y * tf.log(p + 1e-7) + (1 - y) * tf.log(1 - p + 1e-7))

    return {
        "inside": cross_entropy(tf.sigmoid(logits)),
        "at 0 and 1": cross_entropy(p),
        "from logits": tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits),
    }


@probe
def activations(x):
    tanh_form = 0.5 * x * (1 + tf.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return {
        "leaky ReLU": tf.nn.leaky_relu(x),
        "hard sigmoid": tf.clip_by_value(0.2 * x + 0.5, 0, 1),
        "softplus": tf.nn.softplus(x + 20.5),
        "GELU": 0.5 * x * (1 + tf.math.erf(x / np.sqrt(2))),
        "GELU by tanh": tanh_form,
    }


@probe
def selu_at_zero(x, zero):
    return {"selu": tf.nn.selu(x), "gradient": slope(tf.nn.selu(x), x), "gradient at 0": slope(tf.nn.selu(zero), zero)}


@probe
def max_ties(a, b):
    return {
        "reduce_max": slope(tf.reduce_max(a, 1), a),
        "maximum": slope(tf.maximum(a, b), a),
        "minimum": slope(tf.minimum(a, b), a),
    }


@probe
def norm_at_zero(x, zero, aligned):
    def norm(x):
        if not aligned:
            return tf.norm(x, axis=1)
        square = tf.reduce_sum(tf.square(x), 1)
        positive = square > 0
        return tf.where(positive, tf.sqrt(tf.where(positive, square, tf.ones_like(square))), tf.zeros_like(square))

    masked_log = tf.where(x > 0, tf.log(x), tf.zeros_like(x))
    return {
        "norm": norm(x),
        "gradient of norm": slope(norm(x), x),
        "gradient of sqrt": slope(tf.sqrt(zero), zero),
        "gradient of a power": slope(tf.pow(zero, 0.5), zero),
        "gradient of a masked log": slope(masked_log, x),
    }


@probe
def top_k_ties(x):
    values, indices = tf.nn.top_k(x, 4)
    return {"values": values, "indices": indices, "argmax": tf.argmax(x, 1)}


@probe
def corners(x, y, images):
    return {
        "sigmoid cross-entropy": slope(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x), x),
        "ReLU": slope(tf.nn.relu(x), x),
        "abs": slope(tf.abs(x), x),
        "clip": slope(tf.clip_by_value(x, -1, 1), x),
        "ReLU6": slope(tf.nn.relu6(x), x),
        "ELU": slope(tf.nn.elu(x), x),
        "max pool": slope(tf.nn.max_pool(images, 2, 2, "VALID"), images),
        "product": slope(tf.reduce_prod(x), x),
        "round": tf.round(x),
        "floor mod": tf.floormod(x, np.float64(3)),
        "to integer": tf.cast(x, tf.int32),
    }


# Randomness, precision, execution


@probe
def dropout(x, uniform, aligned):
    tf.set_random_seed(1)
    ones, rate = tf.ones_like(x), 0.2
    masked = x * tf.cast(uniform >= rate, x.dtype) / (1 - rate) if aligned else tf.nn.dropout(x, rate=rate)
    return {
        "dropped": masked,
        "scale": tf.reduce_max(tf.nn.dropout(ones, rate=rate)),
        "scale, keep_prob": tf.reduce_max(tf.nn.dropout(ones, keep_prob=np.float64(rate))),
    }


@probe
def initialisers(uniform, aligned):
    tf.set_random_seed(1)
    w = tf.get_variable("w", uniform.shape, tf.float64)  # glorot_uniform, unless told otherwise
    cut = tf.get_variable("cut", uniform.shape, tf.float64, tf.truncated_normal_initializer(stddev=np.float64(0.5)))
    if aligned:
        low, high = tf.unstack(tf.math.erf(np.array([-2, 2]) / np.sqrt(2)) / 2 + 0.5)
        w = (2 * uniform - 1) * np.sqrt(6 / sum(uniform.shape.as_list()))
        cut = 0.5 * tf.math.ndtri(low + uniform * (high - low))
    bias = tf.get_variable("bias", uniform.shape[1], tf.float64, tf.zeros_initializer())
    return {
        "dense weights": tf.math.reduce_std(w),
        "dense bias": tf.math.reduce_std(bias),
        "truncated normal": tf.math.reduce_std(cut),
    }


@probe
def reduced_precision(a, b, aligned):
    allowed = tf.config.experimental.tensor_float_32_execution_enabled()
    if aligned:
        tf.config.experimental.enable_tensor_float_32_execution(False)
    both = tf.config.experimental.tensor_float_32_execution_enabled()  # one switch for both
    tf.config.experimental.enable_tensor_float_32_execution(allowed)
    return {
        "TF32 in matrix products": int(both),
        "TF32 in convolutions": int(both),
        "float64 matrix product": a @ b,
    }


@probe
def gather_out_of_range(x):
    w, session = variable(x), tf.get_default_session()
    session.run(w.initializer)
    fetched = session.run(w)
    fetched += 1
    return {
        "an index past the end is refused": refused(lambda: tf.gather(x, [x.shape[0]])),
        "a negative index is refused": refused(lambda: tf.gather(x, [-1])),
        "after writing into what was fetched": tf.constant(session.run(w)),
    }


@probe
def control_flow(x, w, unused, aligned):
    traced = []

    def branch(name, value):
        traced.append(name)
        return value

    y = tf.cond(tf.reduce_sum(x) > 0, lambda: branch("positive", x @ w), lambda: branch("negative", -x @ w))
    missing = tf.gradients(y, unused, unconnected_gradients="zero" if aligned else "none")[0]

    def layer(x):
        return x @ tf.get_variable("w", w.shape, w.dtype)

    for _ in range(2):
        with tf.variable_scope("layer", reuse=tf.AUTO_REUSE) if aligned else tf.variable_scope(None, "layer"):
            layer(x)
    return {
        "y": y,
        "branches traced": len(traced),
        "gradient of what is not used": tf.constant(np.nan) if missing is None else missing,
        "variables after two calls": len(tf.global_variables()),
    }
