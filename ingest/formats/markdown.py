"""Markdown as plain text, and its YAML front matter."""

from __future__ import annotations

import re
from typing import Any

from ingest.core.errors import LoadError
from ingest.text.cleaning import clean_title

MAX_FRONT_MATTER_LENGTH = 65_536
"""Characters between the lines of dashes; a longer text is no front matter."""

MAX_NESTING = 50
"""Nested lists and mappings; PyYAML takes quadratic time for deeper ones."""

_FRONT_MATTER = re.compile(r"\ufeff?\s*---[ \t]*\r?\n")
_FRONT_MATTER_END = re.compile(r"^(?:---|\.\.\.)[ \t]*\r?$\n?", re.MULTILINE)

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{3,})[ \t]*$")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$")
_QUOTE = re.compile(r"(?: {0,3}> ?)+")
_DEFINITION = re.compile(r" {0,3}\[[^\[\]]+\]:[ \t]*\S+")

# Every "[^…]*" stops at the mark that begins the next candidate, so long lines take linear time.
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
# Escaped marks are replaced by noncharacters until the other marks are removed.
_ESCAPED = {mark: chr(0xFDD0 + index) for index, mark in enumerate("\\`*_{}[]()#+-.!~>|")}
_UNESCAPE = str.maketrans({character: mark for mark, character in _ESCAPED.items()})


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The fields of the front matter, as strings, lists and dicts, and the text after it.

    The fields are empty without front matter, also where the dashes are a horizontal rule.

    Raises:
        LoadError: the front matter is no YAML.
    """
    opening = _FRONT_MATTER.match(text)
    if opening is None:
        return {}, text
    closing = _FRONT_MATTER_END.search(text, opening.end(), opening.end() + MAX_FRONT_MATTER_LENGTH)
    if closing is None:
        return {}, text
    import yaml

    source = text[opening.end() : closing.start()]
    try:
        _check_cost(source)
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


def _check_cost(source: str) -> None:
    """Reject short YAML that takes long to parse.

    Raises:
        LoadError: it has aliases ("billion laughs") or is nested too deep.
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
        if depth > MAX_NESTING:
            raise LoadError("front_matter_depth")


def strip_markdown(text: str) -> tuple[str, str]:
    """The top-level heading that opens the text (empty without one), and the text without marks.

    Images and link definitions are removed; of headings, emphasis, links, quotes and code the
    words remain. Ambiguous marks remain too, as in ``2 * 3 * 4`` and ``snake_case``.
    """
    lines: list[str] = []
    filled = 0  # non-blank lines so far; a file may begin with a million blank ones
    heading = ""
    fence: str | None = None
    for line in re.split(r"\r\n?|\n", text):
        mark = _FENCE.match(line)
        if fence is not None:
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip("`~ \t"):
                fence = None
            else:
                lines.append(line)
                filled += bool(line)
            continue
        if mark:
            fence = mark[1]
            continue
        if not heading and not filled and re.match(r" {0,3}#[ \t]", line):
            heading = clean_title(_strip_line(line) or "")
            continue
        if _UNDERLINE.match(line) and lines and lines[-1].strip():
            if not heading and "=" in line and filled == 1:
                heading = clean_title(lines.pop())
                filled = 0
            continue
        stripped = _strip_line(line)
        if stripped is not None:
            lines.append(stripped)
            filled += bool(stripped)
    return heading, "\n".join(lines)


def _strip_line(line: str) -> str | None:
    """A line without marks; None for a rule or a link definition."""
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
