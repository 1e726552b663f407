"""What a site's robots.txt allows (RFC 9309)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

LONGEST_DELAY = 30.0
"""Seconds of a ``Crawl-delay`` that are waited, at most."""

Text = Callable[[str], str | None]
"""The text at an address: empty where there is none, None where it could not be asked for."""


class RobotsRules:
    """Remembers the rules of each site asked so far."""

    def __init__(self, agent: str, text: Text) -> None:
        self.agent = agent
        self._text = text
        self._rules: dict[str, object] = {}

    def allow(self, url: str) -> bool:
        """Whether ``url`` may be fetched. A site whose rules cannot be had allows nothing."""
        rules = self._of(url)
        return rules is not None and bool(rules.can_fetch(url, self.agent))  # type: ignore[attr-defined]

    def delay(self, url: str) -> float:
        """Seconds that the site asks for between two requests."""
        rules = self._of(url)
        wanted = rules.crawl_delay(self.agent) if rules is not None else None  # type: ignore[attr-defined]
        return min(float(wanted or 0), LONGEST_DELAY)

    def _of(self, url: str) -> object:
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._rules:
            from protego import Protego

            text = self._text(f"{site}/robots.txt")
            self._rules[site] = Protego.parse(text) if text is not None else None
        return self._rules[site]
