"""Text processing: encodings, Arabic, languages, dates, cleaning, boilerplate and chunking."""
