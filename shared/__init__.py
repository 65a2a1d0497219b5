"""What both twins read: configurations, initial values, data and randomness. Imports neither framework."""
