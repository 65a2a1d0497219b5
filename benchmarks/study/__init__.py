"""The pair side by side: what corresponds in the two texts of a model."""
