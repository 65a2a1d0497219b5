"""Deep networks, and what made them train."""
