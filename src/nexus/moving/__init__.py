"""Carrying a whole installation: into a file and back, and from one database and store to others."""
