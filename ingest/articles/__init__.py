"""Builds articles: from records and documents, with titles, dates and identities."""
