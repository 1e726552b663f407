"""Files to ignore: OS and editor leftovers, browser ``_files`` folders, media."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable

_IGNORED = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "$recycle.bin"))
_IGNORED_PREFIXES = (".", "~$")
_IGNORED_SUFFIXES = ("~", ".crdownload", ".part", ".partial", ".download", ".tmp", ".lnk")
_PAGES = (".html", ".htm", ".xhtml")
_COMPANION_ENDINGS = ("_files", ".files")
_MEDIA = re.compile(
    r"\.(?:jpe?g|jpe|jfif|png|gif|webp|svg|bmp|tiff?|hei[cf]|avif|ico|psd|eps|ai"
    r"|mp3|wav|m4a|aac|og[ga]|opus|flac|wma|amr"
    r"|mp4|m4v|mov|avi|mkv|webm|wmv|flv|3gp|mpe?g"
    r"|css|m?js|map|woff2?|[to]tf|eot)",
    re.IGNORECASE,
)


def is_ignored(name: str) -> bool:
    """Whether a file or folder is hidden or a leftover of a program, by its name."""
    lower = name.lower()
    return (
        lower in _IGNORED
        or lower.startswith(_IGNORED_PREFIXES)
        or lower.endswith(_IGNORED_SUFFIXES)
    )


def is_ignored_path(path: str, companions: Collection[str]) -> bool:
    """Whether a part of ``path`` is ignored, or a folder in it is one of ``companions``."""
    parts = path.split("/")
    parents = ("/".join(parts[:n]) for n in range(1, len(parts)))
    return any(is_ignored(part) for part in parts if part != "..") or any(
        parent in companions for parent in parents
    )


def companion_folders(names: Iterable[str]) -> set[str]:
    """The folders in which browsers save the parts of the pages among ``names``."""
    pages = (stem for stem, suffix in map(os.path.splitext, names) if suffix.lower() in _PAGES)
    return {stem + ending for stem in set(pages) for ending in _COMPANION_ENDINGS}


def is_media(name: str) -> bool:
    """Whether a file is an image, audio, video, or a style sheet, script or font, by its name."""
    return _MEDIA.fullmatch(os.path.splitext(name)[1]) is not None


def describe_media(names: Iterable[str]) -> str:
    """The note for skipped media files, for example ``2 files that hold no text (.gif .jpg)``."""
    suffixes = Counter(os.path.splitext(name)[1].lower() for name in names)
    count = suffixes.total()
    files = "file that holds" if count == 1 else "files that hold"
    return f"{count:,} {files} no text ({' '.join(sorted(suffixes))})"
