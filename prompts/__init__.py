"""Text for people and models, per language, in files: what the bot says, what a model is told."""

from prompts.loader import LANGUAGES, Language, text

__all__ = ["LANGUAGES", "Language", "text"]
