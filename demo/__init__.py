"""Builds the demo company's binary documents from the texts in `sources/`. For developers; not part of the wheel."""
