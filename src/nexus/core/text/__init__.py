"""Text as text: normal form, words, sentences, languages. Shared by ingestion and retrieval."""
