"""A pair's source side by side: which lines of the two files correspond."""
