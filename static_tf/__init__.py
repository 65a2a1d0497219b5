"""Every model as a TF1 static graph: define first, run through a Session."""
