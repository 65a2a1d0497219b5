"""Learning: both twins of a pair are trained, judged by their targets, and their loss curves are compared."""
