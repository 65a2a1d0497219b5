"""A model as text, with one line of its own: what an operator is tried on."""

from importlib import import_module

campaign = import_module("benchmarks.mutants.campaign")  # the module: its package has the function of that name

MODEL = """
class Model:
    def __init__(self, n):
        self.w1 = {make}
        self.w2 = {make}
        self.b = 1

    def inputs(self, batch):
        return {{"x": batch["x"]}}

    def forward(self, x, c, training):
        {text}
"""


def model_with(text, side):
    make = {"static": 'tf.get_variable("w", (n, n), dtype)', "dynamic": "nn.Parameter(torch.empty(n, n))"}[side]
    return MODEL.format(make=make, text=text)
