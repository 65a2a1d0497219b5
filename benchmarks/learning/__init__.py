"""Learning: a pair is trained for its targets, and its two loss curves are compared."""
