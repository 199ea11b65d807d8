"""Original files, under generated names."""
