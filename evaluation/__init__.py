"""How good the answers are: test sets, runs, measures, comparison, gate and report."""
