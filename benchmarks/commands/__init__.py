"""The commands of the command line, one module per subject. Importing one loads no framework."""
