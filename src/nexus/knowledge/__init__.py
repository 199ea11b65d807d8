"""Knowledge bases, documents, their versions and chunks."""
