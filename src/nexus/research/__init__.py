"""Research: a plan that the asker edits, many searches, one report with citations."""
