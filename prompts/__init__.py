"""Texts per language, in files: the messages of the bot and the prompts of chat models."""

from prompts.loader import LANGUAGES, Language, text

__all__ = ["LANGUAGES", "Language", "text"]
