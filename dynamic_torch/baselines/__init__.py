"""Baselines: the models made of PyTorch's own layers. The dynamic twins are timed against them.

A function for each model builds the net as is usual: layers of torch.nn, channels first, an optimizer of torch.optim,
and zero_grad, backward, step. A layer has the name of its weight in the twin, so that the twin's initial values can be
assigned by name.

One file per chapter; `baseline.py` has what they share, `twin.py` runs the nets.
"""
