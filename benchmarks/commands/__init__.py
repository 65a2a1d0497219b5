"""The commands of the command line, a module for each subject. Importing one loads no framework."""
