"""Running a test set: from options to a finished run folder."""
