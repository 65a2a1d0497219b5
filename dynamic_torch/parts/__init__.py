"""Building blocks that several models use, as PyTorch modules."""
