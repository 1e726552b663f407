"""The metrics of an answer: retrieval, answers, citations, refusals, generation."""
