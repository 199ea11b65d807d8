"""A question becomes ranked, permitted, citable passages. Reads only."""
