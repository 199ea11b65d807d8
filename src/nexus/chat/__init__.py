"""Conversations, messages, runs, their events, citations and feedback."""
