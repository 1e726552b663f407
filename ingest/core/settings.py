"""Settings of ingest."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from ingest.core.limits import Limits
from vectorstore.core.settings import RawiSettings


class IngestSettings(RawiSettings):
    """How articles are loaded and chunked: ``RAWI_INGEST_*``."""

    model_config = SettingsConfigDict(env_prefix="RAWI_INGEST_")

    max_file_mb: float = Field(
        default=64.0,
        gt=0,
        description="Megabytes of a file; a larger one is reported and left out. Files of JSON "
        "lines, PDFs, office documents, books and archives may be of any size: they are read part "
        "by part, and this is the limit of a line or part.",
    )
    max_unpacked_mb: float = Field(
        default=1000.0,
        gt=0,
        description="Megabytes that all files in one archive, or the parts of one office document, "
        "may have when unpacked.",
    )
    max_entries: int = Field(
        default=10_000,
        ge=1,
        description="Files in one archive, those of archives in it included, at most.",
    )
    pdf_pages: int = Field(default=2_000, ge=1, description="Pages of a PDF, at most.")
    pdf_seconds: float = Field(
        default=30.0,
        gt=0,
        description="Seconds that a page of a PDF may take; ten times as many for all of it.",
    )
    pdf_memory_mb: float = Field(
        default=1000.0, ge=100, description="Megabytes of memory that reading a PDF may take."
    )
    passage_tokens: int = Field(
        default=256,
        ge=32,
        le=4096,
        description="Length of a passage in the embedding model's tokens, at most; never more than "
        "the model reads. Changing it on a filled store needs `rawi store rebuild`.",
    )
    batch_articles: int = Field(
        default=64,
        ge=1,
        le=4096,
        description="Articles that are written at once, at most. What an interrupted run has to do "
        "again are two batches.",
    )

    user_agent: str = Field(
        default="Rawi/0.1 (article question answering)",
        min_length=1,
        description="How pages and feeds are asked for. Say who you are and where a site's owner "
        "can reach you.",
    )
    fetch_timeout: float = Field(
        default=20.0,
        gt=0,
        description="Seconds to wait for a web server; three times as many for all of a file.",
    )
    fetch_max_mb: float = Field(
        default=10.0, gt=0, description="Megabytes of a page or feed, decompressed, at most."
    )
    fetch_delay: float = Field(
        default=1.0,
        ge=0,
        description="Seconds between two requests to one host; a robots.txt may ask for more.",
    )
    robots: bool = Field(
        default=True,
        description="Obey robots.txt. Switch it off for your own sites alone.",
    )
    private_hosts: str = Field(
        default="",
        description="Hosts in private networks that may be fetched from, by name or address, with "
        "a port if only that is meant, apart by commas. All others there are refused, also where a "
        "page redirects to them.",
    )
    max_links: int = Field(
        default=500,
        ge=1,
        description="Articles taken from one feed or sitemap, at most; the newest ones.",
    )

    sources: Path | None = Field(
        default=None,
        description="The file that names the sources of `rawi sync`; RAWI_HOME/sources.toml when "
        "unset.",
    )

    @property
    def private_host_names(self) -> frozenset[str]:
        """``private_hosts``, one by one."""
        return frozenset(filter(None, (h.strip().lower() for h in self.private_hosts.split(","))))

    @property
    def limits(self) -> Limits:
        """What one file may take."""
        return Limits(
            file_bytes=self.max_bytes,
            unpacked_bytes=int(self.max_unpacked_mb * 1_000_000),
            entries=self.max_entries,
            pdf_pages=self.pdf_pages,
            parse_seconds=self.pdf_seconds,
            parse_bytes=int(self.pdf_memory_mb * 1_000_000),
        )

    @property
    def max_bytes(self) -> int:
        """``max_file_mb`` in bytes."""
        return int(self.max_file_mb * 1_000_000)
