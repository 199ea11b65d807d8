"""Work that must happen later and survive a crash: rows written in the caller's transaction."""
