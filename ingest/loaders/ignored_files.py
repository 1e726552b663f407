"""What lies beside articles in folders and archives, and is none: nobody means it to be read.

What systems and programs leave there (``Thumbs.db``, Word's ``~$report.docx``, a download that is
not complete), the folder that a browser saves with a page, and kinds of files that hold no text.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable

_LEFT = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "$recycle.bin"))
_LEFT_BEGINNINGS = (".", "~$")
_LEFT_ENDINGS = ("~", ".crdownload", ".part", ".partial", ".download", ".tmp", ".lnk")
_PAGES = (".html", ".htm", ".xhtml")
_COMPANIONS = ("_files", ".files")
_NO_TEXT = re.compile(
    r"\.(?:jpe?g|jpe|jfif|png|gif|webp|svg|bmp|tiff?|hei[cf]|avif|ico|psd|eps|ai"
    r"|mp3|wav|m4a|aac|og[ga]|opus|flac|wma|amr"
    r"|mp4|m4v|mov|avi|mkv|webm|wmv|flv|3gp|mpe?g"
    r"|css|m?js|map|woff2?|[to]tf|eot)",
    re.IGNORECASE,
)


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name, or a hidden one, is nobody's article."""
    lower = name.lower()
    return lower in _LEFT or lower.startswith(_LEFT_BEGINNINGS) or lower.endswith(_LEFT_ENDINGS)


def companion_folders(names: Iterable[str]) -> set[str]:
    """The folders in which a browser saved the parts of the pages among ``names``."""
    stems = {stem for stem, suffix in map(os.path.splitext, names) if suffix.lower() in _PAGES}
    return {stem + ending for stem in stems for ending in _COMPANIONS}


def holds_no_text(name: str) -> bool:
    """Whether a file of this name is a picture, a sound, a film, or a part of a page."""
    return _NO_TEXT.fullmatch(os.path.splitext(name)[1]) is not None


def describe_textless(names: Iterable[str]) -> str:
    """What to say of files that hold no text."""
    kinds = Counter(os.path.splitext(name)[1].lower() for name in names)
    count = kinds.total()
    suffixes = " ".join(sorted(kinds))
    return (
        f"{count:,} {'file that holds' if count == 1 else 'files that hold'} no text ({suffixes})"
    )
