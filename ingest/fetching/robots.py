"""Permissions of robots.txt files (RFC 9309)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

MAX_CRAWL_DELAY = 30.0
"""Longest ``Crawl-delay`` that is obeyed, in seconds."""

FetchText = Callable[[str], str | None]
"""The text at a URL: empty where there is none, None where it cannot be fetched."""


class RobotsRules:
    """The rules of each site, fetched when they are first needed."""

    def __init__(self, agent: str, fetch: FetchText) -> None:
        self.agent = agent
        self._fetch = fetch
        self._parsed: dict[str, Any] = {}

    def allow(self, url: str) -> bool:
        """Whether ``url`` may be fetched; never where the rules could not be fetched."""
        rules = self._rules(url)
        return rules is not None and bool(rules.can_fetch(url, self.agent))

    def delay(self, url: str) -> float:
        """Seconds that the site wants between two requests."""
        rules = self._rules(url)
        delay = rules.crawl_delay(self.agent) if rules is not None else None
        return min(float(delay or 0), MAX_CRAWL_DELAY)

    def _rules(self, url: str) -> Any:
        """Protego's rules for the site of ``url``; None where they could not be fetched."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._parsed:
            from protego import Protego  # not at the start of every command

            text = self._fetch(f"{site}/robots.txt")
            self._parsed[site] = Protego.parse(text) if text is not None else None
        return self._parsed[site]
