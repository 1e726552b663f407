"""The answering pipeline: its graph, its state, and its steps."""
