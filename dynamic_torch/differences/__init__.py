"""The known differences between the frameworks, each as a few lines of eager PyTorch: what PyTorch computes by default,
and, where this side is the one to change, how it is written to compute what TF1 does.

A probe takes arrays by name, as tensors, and returns named outputs. `aligned` is a parameter of the side that is
written differently to make both equal. The table is shared/differences/.

Twin: static_tf/differences/
"""

import numpy as np
import torch

from dynamic_torch.differences import convolution, execution, losses, normalization, optimizers, recurrent
from dynamic_torch.differences.probe import PROBES
from shared.differences import call

__all__ = ["PROBES", "convolution", "execution", "losses", "normalization", "optimizers", "recurrent", "run"]


def run(name: str, inputs: dict[str, np.ndarray], aligned: bool = False) -> dict[str, np.ndarray]:
    """The outputs of one probe, by name; random numbers drawn meanwhile are not missed by anyone."""
    with torch.random.fork_rng(devices=[]):
        tensors = {key: torch.tensor(value, requires_grad=value.dtype.kind == "f") for key, value in inputs.items()}
        outputs = call(PROBES[name], tensors, aligned)
        return {key: torch.as_tensor(value).detach().numpy() for key, value in outputs.items()}
