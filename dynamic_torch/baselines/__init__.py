"""The models made of PyTorch's own layers: what the dynamic twins are timed against.

A function for each model makes the net as it is usually made: layers of torch.nn, channels first, an optimizer of
torch.optim, and zero_grad, backward, step. A layer has the name that its weight has in the twin, which says where each
of the twin's initial values goes.

One file a chapter; `baseline.py` has what they share, `twin.py` drives the nets.
"""
