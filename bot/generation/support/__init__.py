"""Whether a composed sentence is supported by the passages it cites."""
