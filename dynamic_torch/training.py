"""Training in PyTorch: a Python loop, in which every line computes its result immediately.

Twin: static_tf/training.py
"""

import torch
from einops import rearrange

from dynamic_torch.optimizers import BFGS
from shared.players import arguments


def define(model):
    """The players, in turn. There is nothing else to define: `step` computes everything."""
    return model.players()


def feed(model, batch):
    """The inputs of a step: a tensor for each array."""
    return model.inputs({name: torch.from_numpy(value) for name, value in batch.items()})


def step(model, players, inputs, objectives=None):
    """Run one update of every player in turn. Returns their losses before it. `objectives`: by player, if compiled."""
    model.train()
    losses = []
    for player in players:
        given = arguments(player.objective, inputs)
        loss = (objectives[player.name] if objectives else player.objective)(**given)
        for optimizer in model.optimizers():
            if isinstance(optimizer, BFGS):  # it needs the loss at other points too
                optimizer.closure = lambda player=player, given=given: evaluate(model, player, given)
        player.update(loss)
        losses.append(loss)
    return losses


def evaluate(model, player, given):
    """A player's loss and gradient at the current parameters. Running averages do not change."""
    with model.buffers_kept():
        loss = player.objective(**given)
    model.zero_grad()
    loss.backward(inputs=list(player.parameters.values()))
    return loss


def train(model_class, config, initial, batches):
    """The whole program, without a harness. Returns the first player's loss at every step."""
    model = model_class(config)
    players = define(model)
    with torch.no_grad():
        for own_name, w in [*model.named_parameters(), *model.named_buffers()]:
            name = own_name.replace(".", "/")
            value, layout = torch.from_numpy(initial[name]), model.layouts.get(name)
            w.copy_(rearrange(value, layout) if layout else value)
    losses = []
    for batch in batches:
        losses.append(step(model, players, feed(model, batch))[0].item())
    return losses
