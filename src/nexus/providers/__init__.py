"""Ports to what is outside this process, and the adapters that implement them."""
