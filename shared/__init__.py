"""What both twins share: configurations, initial values, data and randomness. Imports neither framework."""
