"""Articles in: from files, pages and feeds to passages in the store."""
