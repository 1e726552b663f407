"""Search indexes (Chroma, tantivy, brute force) and hybrid search over them."""
