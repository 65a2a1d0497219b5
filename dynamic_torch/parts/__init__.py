"""What several models use, as PyTorch modules."""
