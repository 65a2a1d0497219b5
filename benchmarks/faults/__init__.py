"""Faults: what an operator or a known difference would change in a twin's file, and how it is planted."""
