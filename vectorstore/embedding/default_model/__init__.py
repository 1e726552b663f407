"""Prepares the default model: unpacks the weights, exports them, keeps them in a cache."""
