"""Text of office documents, books and archives, read defensively."""
