"""Files that people carry away: DOCX and PDF from Markdown with its sources."""
