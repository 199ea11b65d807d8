"""Searching the public web."""
