"""What knows none of our nouns: settings, database, jobs, errors, clock, ids, text."""
