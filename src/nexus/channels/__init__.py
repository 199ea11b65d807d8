"""Ways to ask other than the page: thin adapters over the same runs."""
