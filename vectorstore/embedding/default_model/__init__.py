"""Preparation of the default model: unpacks its weights, exports and caches them."""
