"""parse, chunk, embed, index: a file becomes searchable."""
