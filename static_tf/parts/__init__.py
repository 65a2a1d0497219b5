"""What several models use, as TF1 graphs."""
