"""Trains the reading model: ``python -m training.reader DATA --out RUN``."""
