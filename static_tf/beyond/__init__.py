"""What lies beyond the lecture: learning to learn, and weights that are uncertain."""
