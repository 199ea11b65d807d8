"""Tests of the whole: many rooms at once, and whole processes."""
