"""The store: catalogue of articles, embeddings, search indexes and retriever."""
