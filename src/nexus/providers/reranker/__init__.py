"""A second opinion on the best passages."""
