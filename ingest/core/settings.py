"""Settings of ingest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from vectorstore.core.settings import RawiSettings

if TYPE_CHECKING:
    from ingest.core.limits import Limits


class IngestSettings(RawiSettings):
    """How articles are loaded and chunked: ``RAWI_INGEST_*``."""

    model_config = SettingsConfigDict(env_prefix="RAWI_INGEST_")

    max_file_mb: float = Field(
        default=64.0,
        gt=0,
        description="Largest file in megabytes; larger ones are reported and skipped. JSON Lines, "
        "PDF, office documents, EPUB and archives are read part by part and may be larger: this is "
        "the limit for each line or part.",
    )
    max_unpacked_mb: float = Field(
        default=1000.0,
        gt=0,
        description="Largest unpacked size in megabytes of one archive or office document.",
    )
    max_entries: int = Field(
        default=10_000,
        ge=1,
        description="Largest number of files in one archive, nested archives included.",
    )
    pdf_pages: int = Field(default=2_000, ge=1, description="Largest number of pages of a PDF.")
    pdf_seconds: float = Field(
        default=30.0,
        gt=0,
        description="Time limit in seconds for one page of a PDF; ten times as long for the file.",
    )
    pdf_memory_mb: float = Field(
        default=1000.0, ge=100, description="Memory limit in megabytes for parsing a PDF."
    )
    passage_tokens: int = Field(
        default=256,
        ge=32,
        le=4096,
        description="Largest passage in tokens of the embedding model, never more than its window. "
        "After a change, run `rawi store rebuild`.",
    )
    batch_articles: int = Field(
        default=64,
        ge=1,
        le=4096,
        description="Largest number of articles written in one batch. After an interruption, "
        "at most two batches are processed again.",
    )

    user_agent: str = Field(
        default="Rawi/0.1 (article question answering)",
        min_length=1,
        description="User-Agent header of requests. Include an address at which owners of sites "
        "can reach you.",
    )
    fetch_timeout: float = Field(
        default=20.0,
        gt=0,
        description="Seconds to wait for data from a web server; three times as long for a whole "
        "response.",
    )
    fetch_max_mb: float = Field(
        default=10.0, gt=0, description="Largest page or feed in megabytes, decompressed."
    )
    fetch_delay: float = Field(
        default=1.0,
        ge=0,
        description="Seconds between two requests to one host; longer if its robots.txt says so.",
    )
    robots: bool = Field(
        default=True,
        description="Obey robots.txt. Disable it only for your own sites.",
    )
    private_hosts: str = Field(
        default="",
        description="Comma-separated hosts in private networks that may be fetched, by name or "
        "address, optionally with a port. All other private addresses are refused, also as targets "
        "of redirects.",
    )
    max_links: int = Field(
        default=500,
        ge=1,
        description="Largest number of articles taken from one feed or sitemap, the newest first.",
    )

    sources: Path | None = Field(
        default=None,
        description="File with the sources of `rawi sync`. Default: RAWI_HOME/sources.toml.",
    )

    @property
    def private_host_names(self) -> frozenset[str]:
        """``private_hosts``, one by one."""
        return frozenset(filter(None, (h.strip().lower() for h in self.private_hosts.split(","))))

    @property
    def limits(self) -> Limits:
        """The limits for one file."""
        from ingest.core.limits import Limits  # only loaders need it

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
