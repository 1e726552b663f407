"""Headlines by section, source and day, and facts about the collection and its articles."""
