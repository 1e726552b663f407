"""Settings, errors and prompts of composed answers."""
