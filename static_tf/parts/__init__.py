"""Building blocks that several models use, as TF1 graphs."""
