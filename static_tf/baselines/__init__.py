"""Baselines: the models made of TensorFlow's own layers, which are Keras's. The static twins are timed against them.

A function for each model builds the net as is usual: layers of Keras, channels last, an optimizer of Keras, and a
training step that tf.function turns into a graph. A layer has the name of its weight in the twin, with "." for "/", so
that the twin's initial values can be assigned by name.

One file per chapter; `baseline.py` has what they share, `twin.py` runs the nets.
"""
