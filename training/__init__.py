"""What trains and fits the models that Rawi ships. Not installed with it."""
