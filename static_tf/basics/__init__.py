"""Chapter 1: from a computational graph to a two-layer network."""
