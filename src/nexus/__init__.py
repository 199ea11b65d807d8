"""Nexus: a self-hosted AI hub that answers from what a person may read, and cites it."""
