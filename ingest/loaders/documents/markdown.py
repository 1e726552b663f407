"""Markdown with YAML front matter, as static sites and note-takers keep articles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.articles.builder import FIELDS, article_from_record
from ingest.articles.files import display_path, id_from_path, origin, read_text
from ingest.articles.headings import title_from_text
from ingest.articles.loader_protocol import LoadResult, failure
from ingest.core.errors import LoadError
from ingest.text.cleaning import clean_title

MAX_FRONT_MATTER = 65_536
"""Characters between the dashes; more is not a heading but something else."""

MAX_DEPTH = 50
"""Lists and mappings within each other; PyYAML takes quadratic time over deeper ones."""

_FRONT_MATTER = re.compile(r"\ufeff?\s*---[ \t]*\r?\n")
_FRONT_MATTER_END = re.compile(r"^(?:---|\.\.\.)[ \t]*\r?$\n?", re.MULTILINE)

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{3,})[ \t]*$")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
_QUOTE = re.compile(r"(?: {0,3}> ?)+")
_DEFINITION = re.compile(r" {0,3}\[[^\[\]]+\]:[ \t]*\S+")

# Every "[^…]*" stops at the mark that begins the next candidate: long lines stay cheap.
_TARGET = r"\([^()\n]*(?:\([^()\n]*\)[^()\n]*)?\)"
_IMAGE = re.compile(rf"!\[[^\[\]]*\](?:{_TARGET}|\[[^\[\]]*\])")
_LINK = re.compile(rf"\[([^\[\]]*)\](?:{_TARGET}|\[[^\[\]]*\])")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]+)>")
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_BOLD = re.compile(
    r"\*\*(?=[^\s*])([^*\n]+)(?<=\S)\*\*|(?<!\w)__(?=[^\s_])([^_\n]+)(?<=\S)__(?!\w)"
)
_ITALIC = re.compile(
    r"(?<![*0-9A-Za-z_])\*(?=[^\s*])([^*\n]+)(?<=\S)\*(?![*\w])|(?<![_\w])_(?=[^\s_])([^_\n]+)(?<=\S)_(?![_\w])"
)
_STRUCK = re.compile(r"~~(?=\S)([^~\n]+)~~")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~>|])")
# Escaped marks wait as noncharacters, which no text holds, until the others are gone.
_ESCAPED = {mark: chr(0xFDD0 + index) for index, mark in enumerate("\\`*_{}[]()#+-.!~>|")}
_UNESCAPE = str.maketrans({character: mark for mark, character in _ESCAPED.items()})


class MarkdownLoader:
    """``.md`` and ``.markdown``: one article per file."""

    suffixes: tuple[str, ...] = (".md", ".markdown")
    streams = False

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`."""
        try:
            decoded = read_text(path)
            record, body = split_front_matter(decoded.text)
            heading, text = strip_markdown(body)
            title = _title(record)
            if title and heading not in ("", title):
                text = f"{heading}\n\n{text}"
            title = title or heading or title_from_text(text)
            known = {
                key: value for key, value in record.items() if not _means(key, "title", "text")
            }
            article = article_from_record(
                {**known, **decoded.metadata(), "title": title, "text": text},
                fallback_id=id_from_path(path, root),
                origin=origin(path),
            )
        except LoadError as error:
            yield failure(display_path(path), error)
        else:
            yield LoadResult(place=display_path(path), article=article)


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The fields between the dashes at the top, as strings and lists of strings, and what follows.

    Without front matter (or when the dashes turn out to be a rule) the fields are empty.

    Raises:
        LoadError: what stands between the dashes is no YAML.
    """
    opening = _FRONT_MATTER.match(text)
    if opening is None:
        return {}, text
    closing = _FRONT_MATTER_END.search(text, opening.end(), opening.end() + MAX_FRONT_MATTER)
    if closing is None:
        return {}, text
    import yaml

    source = text[opening.end() : closing.start()]
    try:
        _refuse_hostile(source)
        # BaseLoader leaves every value the string that was written: dates and ids keep their form.
        fields = yaml.load(source, yaml.BaseLoader)  # noqa: S506 - builds strings, lists and dicts only
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "it cannot be read"
        if mark is None:
            raise LoadError("broken_front_matter", reason=reason) from error
        raise LoadError("broken_front_matter_line", line=mark.line + 2, reason=reason) from error
    if not isinstance(fields, dict):
        return {}, text
    return {str(key): value for key, value in fields.items()}, text[closing.end() :]


def _refuse_hostile(source: str) -> None:
    """Raise for YAML that is small to write and costly to read.

    Raises:
        LoadError: there are aliases, which multiply ("billion laughs"), or it is nested too deep.
        yaml.YAMLError: it is no YAML.
    """
    import yaml

    depth = 0
    for token in yaml.scan(source, yaml.BaseLoader):
        if isinstance(token, yaml.AliasToken):
            raise LoadError("front_matter_aliases")
        kind = type(token).__name__
        if kind.startswith(("Block", "Flow")):
            depth += kind.endswith("StartToken") - kind.endswith("EndToken")
        if depth > MAX_DEPTH:
            raise LoadError("front_matter_depth")


def strip_markdown(text: str) -> tuple[str, str]:
    """The first top-level heading (empty if none opens the text) and the text without marks.

    Headings, emphasis, links and quotes keep their words, images and link definitions go, code
    keeps its text. Only what is a mark beyond doubt is taken: ``2 * 3 * 4``, ``snake_case`` stay.
    """
    kept: list[str] = []
    filled = 0  # of the lines kept; counted, for a file may begin with a million blank ones
    heading = ""
    fence: str | None = None
    for line in re.split(r"\r\n?|\n", text):
        mark = _FENCE.match(line)
        if fence is not None:
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip("`~ \t"):
                fence = None
            else:
                kept.append(line)
                filled += bool(line)
            continue
        if mark:
            fence = mark[1]
            continue
        if not heading and not filled and re.match(r" {0,3}#[ \t]", line):
            heading = clean_title(_strip_line(line) or "")
            continue
        if _UNDERLINE.match(line) and kept and kept[-1].strip():
            if not heading and "=" in line and filled == 1:
                heading = clean_title(kept.pop())
                filled = 0
            continue
        stripped = _strip_line(line)
        if stripped is not None:
            kept.append(stripped)
            filled += bool(stripped)
    return heading, "\n".join(kept)


def _strip_line(line: str) -> str | None:
    """The words of a line; None when it holds none of its own (a rule, a link definition)."""
    line = _ESCAPE.sub(lambda match: _ESCAPED[match[1]], line)
    line = _QUOTE.sub("", line, count=1) if _QUOTE.match(line) else line
    if _RULE.match(line) or _DEFINITION.match(line):
        return None
    if heading := _HEADING.match(line):
        line = line[heading.end() :].rstrip()
        closed = line.rstrip("#")
        line = closed.rstrip() if not closed or closed[-1] in " \t" else line
    line = _IMAGE.sub("", line)
    line = _AUTOLINK.sub(r"\1", _LINK.sub(r"\1", line))
    for pattern in (_ITALIC, _BOLD, _ITALIC):
        line = pattern.sub(lambda match: match[1] or match[2], line)
    return _CODE.sub(r"\1", _STRUCK.sub(r"\1", line)).translate(_UNESCAPE)


def _title(record: dict[str, Any]) -> str:
    for alias in FIELDS["title"]:
        for key, value in record.items():
            if key.strip().lower() == alias and isinstance(value, str) and value.strip():
                return clean_title(value)
    return ""


def _means(key: str, *fields: str) -> bool:
    return any(key.strip().lower() in FIELDS[field] for field in fields)
