"""The commands ``rawi articles list|show|remove``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vectorstore.cli.console import (
    EXIT_FAILURE,
    command_errors,
    console,
    error_console,
    print_json,
    section_keys,
)
from vectorstore.cli.extraction_provenance import (
    Provenance,
    extraction_notes,
    field_provenance,
    near_duplicates,
    unindexed_spans,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from vectorstore.core.types import Article, ArticleInfo, Passage
    from vectorstore.store import ArticleStore

_DEFAULT_LIMIT = 30  # articles in a table
_MAX_COMPARED_TITLES = 20_000  # ids compared for suggestions
_ANY_WIDTH = 10_000
_SPAN_CHARACTERS = 100  # printed of a span that is in no passage

articles_app = typer.Typer(
    no_args_is_help=True, help="List, show and remove articles.", pretty_exceptions_enable=False
)


@articles_app.command("list")
@command_errors()
def list_articles(
    search: Annotated[
        str | None,
        typer.Option(metavar="WORDS", help="Only articles whose title, id or source has these."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=0, help="Largest number of articles; 0 for all. 30 unless --json.", metavar="N"
        ),
    ] = None,
    section: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only articles of this section; may be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """List articles, newest first.

    Example:  rawi articles list --search "القبة الحديدية" --limit 10
    """
    if limit is None:
        limit = 0 if as_json else _DEFAULT_LIMIT
    from vectorstore.core.types import Filters

    filters = Filters(sections=section_keys(section or ()))
    with _store() as store:
        # One more, to know whether there are more.
        found = store.catalogue.list_articles(
            limit=limit + 1 if limit else -1, search=search, filters=filters
        )
    infos = found[:limit] if limit else found
    if as_json:
        print_json([_info_json(info) for info in infos])
        return
    print_table(console(), _table(infos))
    if len(infos) < len(found):
        error_console().print(f"The newest {limit:,}; --limit 0 lists all.")
    elif not infos:
        error_console().print(
            "No article matches." if search or filters else "There are no articles."
        )


@articles_app.command()
@command_errors()
def show(
    article_id: Annotated[str, typer.Argument(metavar="ID", help="As `articles list` prints it.")],
    passages: Annotated[
        bool, typer.Option("--passages", help="Show the passages it was split into.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show an article: its fields, where each was found, and its whole text.

    Example:  rawi articles show 000_c25f10eea034f5a5.txt --passages
    """
    with _store() as store:
        article = store.get(article_id)
        if article is None:
            raise typer.Exit(_report_unknown(store, [article_id]))
        info = store.catalogue.info(article_id)
        parts = [passage for _, passage in store.catalogue.passages_of(article_id)]
        others = near_duplicates(store, article_id)
    assert info is not None  # noqa: S101
    if as_json:
        print_json(_article_json(article, info, parts, others))
        return
    out = console()
    for line in _header_lines(article, info, parts, others):
        out.print(line)
    for line in _passage_lines(parts) if passages else [article.text]:
        out.print(line)


@articles_app.command()
@command_errors()
def remove(
    article_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="One or more ids.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove articles. An article whose file is still there comes back with the next ingest.

    Example:  rawi articles remove 000_c25f10eea034f5a5.txt
    """
    errors = error_console()
    with _store(writable=True) as store:
        infos = {i: store.catalogue.info(i) for i in dict.fromkeys(article_ids)}
        if unknown := [i for i, info in infos.items() if info is None]:
            raise typer.Exit(_report_unknown(store, unknown))
        if not yes:
            for info in infos.values():
                errors.print(f"  {info.title or info.id}" if info else "")
            count = "this article" if len(infos) == 1 else f"these {len(infos):,} articles"
            typer.confirm(f"Remove {count}?", abort=True, err=True)
        with store.record_run("remove", list(infos)) as run:
            removed = store.remove(list(infos))
    out = console()
    out.print(f"Removed {len(removed):,} article{'' if len(removed) == 1 else 's'}.")
    if run is not None:
        out.print(f"To undo it: rawi ingest undo {run.id}")


def _store(*, writable: bool = False) -> ArticleStore:
    """The store, whatever its fingerprint, as these commands neither chunk nor embed."""
    from vectorstore.core.settings import StoreSettings
    from vectorstore.store import ArticleStore

    settings = StoreSettings()
    exists = (settings.store_path / "catalogue.sqlite3").exists()
    return ArticleStore(
        settings,
        chunker_id=None,
        writable=writable and exists,
        check_fingerprint=False,
        notify=error_console().print,
    )


def _report_unknown(store: ArticleStore, article_ids: Sequence[str]) -> int:
    errors = error_console()
    for article_id in article_ids:
        near = _similar_ids(article_id, store.catalogue.article_ids())
        hint = f" Did you mean: {', '.join(near)}?" if near else ""
        errors.print(f"error: there is no article {article_id}.{hint} See: rawi articles list")
    return EXIT_FAILURE


def _similar_ids(article_id: str, known: Sequence[str]) -> list[str]:
    import difflib

    holding = [i for i in known if article_id.casefold() in i.casefold()][:3]
    return holding or difflib.get_close_matches(
        article_id, known[:_MAX_COMPARED_TITLES], n=3, cutoff=0.5
    )


def _table(infos: Sequence[ArticleInfo]) -> Table:
    from rich.table import Table

    # Last, as right-to-left text would reorder columns after it.
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("id", "date", "language", "passages", "source", "title"):
        right = name == "passages"
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for info in infos:
        date = info.published_at.strftime("%Y-%m-%d") if info.published_at else ""
        row = (info.id, date, info.language, f"{info.passages}", info.source or "", info.title)
        table.add_row(*row)
    return table


def print_table(out: Console, table: Table) -> None:
    """Print a table; not wrapped unless to a terminal."""
    if not out.is_terminal:
        needed = out.measure(table, options=out.options.update(max_width=_ANY_WIDTH)).maximum
        out.width = max(out.width, needed)
    out.print(table, soft_wrap=False)


def _header_lines(
    article: Article, info: ArticleInfo, parts: Sequence[Passage], others: Sequence[ArticleInfo]
) -> list[str]:
    found = field_provenance(article)
    fields = {
        "title": found["title"].description if "title" in found else None,
        "date": _described(_date(info), found.get("date")),
        "source": _described(info.source, found.get("source")),
        "author": _described(info.author, found.get("author")),
        "url": info.url,
        "section": info.section,
        "language": info.language,
        **extraction_notes(article),
        "passages": f"{info.passages:,}",
        "id": info.id,
        "origin": info.origin,
    }
    lines = [f"{name:10} {value}" for name, value in fields.items() if value]
    lines += [f"{'left out':10} {_short(gap.text)}" for gap in unindexed_spans(article, parts)]
    lines += [f"{'also in':10} {other.id}  {other.title}" for other in others]
    return [info.title, "", *lines, ""]


def _described(value: str | None, provenance: Provenance | None) -> str | None:
    return f"{value} - {provenance.description}" if value and provenance else value


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SPAN_CHARACTERS else f"{line[: _SPAN_CHARACTERS - 1]}…"


def _date(info: ArticleInfo) -> str | None:
    moment = info.published_at
    if moment is None:
        return None
    if moment.tzinfo is None:
        return f"{moment:%Y-%m-%d %H:%M} (time zone unknown)"
    return f"{moment:%Y-%m-%d %H:%M %z}"


def _passage_lines(passages: Sequence[Passage]) -> list[str]:
    return [
        line
        for passage in passages
        for line in (f"[{passage.index}] {passage.start}-{passage.end}", passage.text, "")
    ]


def _info_json(info: ArticleInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "title": info.title,
        "url": info.url,
        "source": info.source,
        "author": info.author,
        "published_at": info.published_at.isoformat() if info.published_at else None,
        "language": info.language,
        "section": info.section,
        "origin": info.origin,
        "passages": info.passages,
        "characters": info.characters,
        "ingested_at": info.ingested_at.isoformat() if info.ingested_at else None,
    }


def _article_json(
    article: Article, info: ArticleInfo, passages: Sequence[Passage], others: Sequence[ArticleInfo]
) -> dict[str, Any]:
    return {
        **_info_json(info),
        "text": article.text,
        "original": article.original,
        "metadata": dict(article.metadata),
        "found": {name: p.to_json() for name, p in field_provenance(article).items()},
        "spans": [_span_json(p) for p in passages],
        "left_out": [_span_json(span) for span in unindexed_spans(article, passages)],
        "also_in": [_info_json(other) for other in others],
    }


def _span_json(passage: Passage) -> dict[str, Any]:
    return {"start": passage.start, "end": passage.end, "text": passage.text}
