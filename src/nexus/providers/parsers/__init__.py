"""Files to text with structure."""
