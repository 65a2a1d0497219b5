"""Training in TF1: first define the graph, which computes nothing yet, then run it through a Session at every step.

Twin: dynamic_torch/training.py
"""

from typing import NamedTuple

import tensorflow.compat.v1 as tf

from shared.players import Player, arguments
from static_tf.optimizers import HostStep


class Step(NamedTuple):
    """What a Session runs for one player, and the step on the host if no operation can make it."""

    player: Player
    loss: tf.Tensor
    update: tf.Operation
    on_host: HostStep | None


def define(model, inputs, trained=True):
    """The training step of every player, in turn: its loss and, if trained, the update of its parameters."""
    steps, players = [], model.players()
    for player in players:
        model.scope = f"{player.name}/" if len(players) > 1 else ""
        model.graph.clear_collection(tf.GraphKeys.UPDATE_OPS)  # the updates of running averages
        loss = player.objective(**arguments(player.objective, inputs))
        averages = model.graph.get_collection(tf.GraphKeys.UPDATE_OPS)
        with tf.control_dependencies([loss]):  # a graph has no order by itself: all is read before the update
            update = player.update(loss) if trained else None
        on_host = update if isinstance(update, HostStep) else None
        moves = [] if update is None or on_host else [update]
        steps.append(Step(player, loss, tf.group(*moves, *averages), on_host))
    return steps


def feed(model, inputs, batch, training=True):
    """The feed of a run: an array for each placeholder."""
    values = {inputs[name]: batch[name] for name in inputs if name in batch}
    return {**values, model.training: True} if training and model.training.consumers() else values


def step(session, steps, feed_dict):
    """Run one update of every player in turn. Returns their losses before it."""
    losses = []
    for _, loss, update, on_host in steps:
        losses.append(session.run((loss, update), feed_dict)[0])
        if on_host:
            on_host.run(session, feed_dict)
    return losses


def train(model_class, config, initial, batches):
    """The whole program, without a harness. Returns the first player's loss at every step."""
    with tf.Graph().as_default():
        model = model_class(config)
        inputs = model.inputs()
        steps = define(model, inputs)
        given = [w for w in tf.global_variables() if w.op.name in initial]
        slots = tf.variables_initializer([w for w in tf.global_variables() if w.op.name not in initial])
        start = [w.assign(initial[w.op.name]) for w in given]
        losses = []
        with tf.Session() as session:
            session.graph.finalize()  # the graph is complete: from here on it only runs
            session.run((start, slots))
            for batch in batches:
                losses.append(step(session, steps, feed(model, inputs, batch))[0])
    return losses
