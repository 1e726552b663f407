"""Decisions from runs: comparison, gate, calibration, tables."""
