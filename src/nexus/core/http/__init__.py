"""What every HTTP room shares: problems, sessions, pagination, event streams."""
