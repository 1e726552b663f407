"""The report of a run: one HTML file that needs nothing else."""

from evaluation.report.page import render, write_report

__all__ = ["render", "write_report"]
