"""Tenants, regions, departments, users, groups, login sessions, tokens."""
