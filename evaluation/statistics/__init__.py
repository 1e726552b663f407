"""Confidence intervals, paired tests and agreement."""
