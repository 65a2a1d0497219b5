"""Mutants of a twin's file, made by operators or from known differences, and how they are planted."""
