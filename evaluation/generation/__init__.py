"""Test sets made from stored articles."""
