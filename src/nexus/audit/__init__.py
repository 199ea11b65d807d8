"""Who did what: recorded with the act itself, never changed, and checked link by link."""
