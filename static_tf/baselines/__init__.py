"""The models made of TensorFlow's own layers, which are Keras's: what the static twins are timed against.

A function for each model makes the net as it is usually made: layers of Keras, channels last, an optimizer of Keras,
and a training step that tf.function makes a graph of. A layer has the name that its weight has in the twin, with "."
for "/", which says where each of the twin's initial values goes.

One file a chapter; `baseline.py` has what they share, `twin.py` drives the nets.
"""
