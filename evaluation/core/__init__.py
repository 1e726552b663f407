"""Finished runs, normalisation, settings and errors of the evaluation."""
