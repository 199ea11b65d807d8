"""A Nexus in which a language model answers."""

from speaking import double, firm, model, pumps, speaking, speaking_hub

__all__ = ["double", "firm", "model", "pumps", "speaking", "speaking_hub"]
