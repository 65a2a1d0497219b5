"""Deep networks."""
