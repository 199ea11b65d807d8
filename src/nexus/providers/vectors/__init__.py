"""The index: dense and keyword candidates under a mandatory filter."""
