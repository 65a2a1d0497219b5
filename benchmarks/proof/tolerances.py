"""The constants of the proof's verdicts, each with what was measured."""

FLOAT32_ROUNDOFF = 2.0**-24  # half the distance from 1 to the next number; the same for float64:
FLOAT64_ROUNDOFF = 2.0**-53

# Equal formulas in another order of summation differ by about 1e-15 after 20 steps; the smallest planted differences
# that occur in practice (an epsilon of 1e-10 inside or outside a root) change a float64 arm by 1e-11 or more.
FLOAT64_TOLERANCE = 1e-12

# A small element between large ones may have their roundings: a sigmoid's tail is 1 minus a number near 1. A proof
# allows each element the tolerance of the largest (0.35 of that was measured, behind a saturated tanh). A comparison
# without nudged values allows this share of it.
OF_THE_LARGEST = 0.1

# Below 2^-126 float32 has fewer digits, and TensorFlow takes such numbers as 0 on a CPU, so that an error of this size
# is rounding, too. Later products make it larger: by 1,000 in the edge case "saturated", whose inputs are that large.
# Of 780 proofs with 20 seeds, two depend on it: in gan's, one element of Adam's second moment is 1.1e-38, and 0 on the
# static side; in deep_net's, a sigmoid's slope is 1e-38 and the gradient of its weights 1e-35.
FLOAT32_UNDERFLOW = 2.0**-100

# The nudge rounds the inputs once; a float32 arm rounds at every operation. Independent roundings add up like a random
# walk, so a chain of 10,000 has 100 times the error of one. A TF32 matrix product (10 bits, not 23) has 8,000 times
# the error of one.
ROUNDINGS_IN_A_CHAIN = 100

# The worst of thousands of elements is farther off than a norm: up to 2.1 times (measured in all models, 12 seeds).
WORST_ELEMENT = 4

# If sums are long, or a unit lies at the kink of a ReLU, both float32 sides are farther from float64 than the nudge
# predicts, but similarly far, because they compute the same function, as float64 shows. The order of summation makes
# their errors differ by a factor of up to 5 (measured), a wrong constant of TF1's Adam kernel by 24, TF32 on one side
# only by thousands.
SIDES_ALIKE = 10

# Beyond this many roundings, three of float32's seven digits are lost although the model computes nothing wrong.
ILL_CONDITIONED = 1000
