"""The models of the chapter on convolutional networks, made of TensorFlow's own layers.

Twin: dynamic_torch/baselines/convolutional.py
"""

from typing import Any

from tensorflow import keras

from static_tf.baselines.baseline import Baseline, convolution, cross_entropy, layers, norm, penalty


def conv_net(config: Any) -> Baseline:
    l2 = penalty(config)
    model = keras.Sequential(
        [
            keras.Input(config.image),
            layers.Conv2D(config.channels1, config.kernel, padding="same", activation="relu", name="kernel1", **l2),
            layers.MaxPooling2D(),
            layers.Conv2D(config.channels2, config.kernel, padding="same", activation="relu", name="kernel2", **l2),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(config.hidden, "relu", name="w3", **l2),
            layers.Dense(10, name="w4", **l2),
        ]
    )
    return Baseline(model, cross_entropy)


def batch_norm_net(config: Any) -> Baseline:
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            convolution(config.channels1, 3, config, "kernel1"),
            norm(config, "norm1"),
            layers.ReLU(),
            layers.MaxPooling2D(),
            convolution(config.channels2, 3, config, "kernel2"),
            norm(config, "norm2"),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, name="w", **penalty(config)),
        ]
    )
    return Baseline(model, cross_entropy)


def residual_net(config: Any) -> Baseline:
    def block(x: Any, after: int, stride: int, name: str) -> Any:
        h = convolution(after, 3, config, f"{name}.kernel1", stride)(x)
        h = layers.ReLU()(norm(config, f"{name}.norm1")(h))
        h = norm(config, f"{name}.norm2")(convolution(after, 3, config, f"{name}.kernel2")(h))
        if stride > 1:
            x = norm(config, f"{name}.norm3")(convolution(after, 1, config, f"{name}.projection", stride)(x))
        return layers.ReLU()(layers.Add()([h, x]))

    c = config.channels
    x = keras.Input((8, 8, 1))
    h = layers.ReLU()(norm(config, "norm")(convolution(c, 3, config, "kernel")(x)))
    for i, stride in enumerate(config.strides):
        c = stride * c
        h = block(h, c, stride, f"blocks.{i}")
    logits = layers.Dense(10, name="w", **penalty(config))(layers.GlobalAveragePooling2D()(h))
    return Baseline(keras.Model(x, logits), cross_entropy)


def dense_net(config: Any) -> Baseline:
    def block(h: Any, name: str) -> Any:
        for i in range(config.depth):
            added = layers.ReLU()(norm(config, f"{name}.{i}.norm")(h))
            added = convolution(config.growth, 3, config, f"{name}.{i}.kernel")(added)
            h = layers.Concatenate()([h, added])
        return h

    x = keras.Input((8, 8, 1))
    h = block(convolution(config.channels, 3, config, "kernel")(x), "block1")
    h = layers.ReLU()(norm(config, "transition.norm")(h))
    h = layers.AveragePooling2D(2)(convolution(config.narrowed, 1, config, "transition.kernel")(h))
    h = layers.ReLU()(norm(config, "norm")(block(h, "block2")))
    logits = layers.Dense(10, name="w", **penalty(config))(layers.GlobalAveragePooling2D()(h))
    return Baseline(keras.Model(x, logits), cross_entropy)


def sequence_conv_net(config: Any) -> Baseline:
    model = keras.Sequential([keras.Input((40, 1))])
    for i, (channels, size) in enumerate(zip(config.channels, (5, 3, 3)), 1):
        model.add(layers.ZeroPadding1D(1))
        model.add(layers.Conv1D(channels, size, strides=2, activation="relu", name=f"kernel{i}"))
    model.add(layers.Flatten())
    model.add(layers.Dense(10, name="w"))
    return Baseline(model, cross_entropy)
