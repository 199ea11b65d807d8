"""Looking for viruses in files that people send."""
