"""A file of a model in both twins, as small as can be."""

STATIC = '''"""A model."""

import framework

# What both read
LIMIT = 3


class Model:
    """One."""

    # 1 Inputs
    # in two lines
    @property
    def inputs(self):
        return {}

    # 2 Forward
    def forward(self, x):
        h = tf.relu(x)
        return h


def train():
    # inside, not above
    return 1
'''
DYNAMIC = STATIC.replace("framework", "other").replace("tf.relu", "torch.relu")
