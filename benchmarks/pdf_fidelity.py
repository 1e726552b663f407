"""Measures how much of an Arabic text is extracted from its PDF: Rawi against PDFium.

    python benchmarks/pdf_fidelity.py ARTICLES.jsonl [--articles 30] [--font "DejaVu Sans"]

Chromium prints each article, once in one column and once in two justified ones. Counted are the
words that come back in their order, as a share of the article's words (recall) and of the words
that came back (precision). Lines of a page that belong to no article count against precision.
"""

from __future__ import annotations

import argparse
import difflib
import html
import json
import random
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import pypdfium2

from ingest.loaders import discover
from ingest.text.cleaning import clean_text

LENGTHS = range(800, 6_000)
COLUMNS = {
    "one column": "",
    "two columns": "body{column-count:2;column-gap:28px;text-align:justify}h1{column-span:all}",
}


def printed(chromium: str, folder: Path, title: str, text: str, style: str) -> Path:
    """The PDF of an article."""
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n") if line.strip())
    page, target = folder / "page.html", folder / "page.pdf"
    page.write_text(
        f"<html dir=rtl lang=ar><meta charset=utf-8><title>{html.escape(title)}</title>"
        f"<style>{style}</style><body><h1>{html.escape(title)}</h1>{paragraphs}",
        encoding="utf-8",
    )
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'p'}")
    subprocess.run(
        [chromium, *flags, f"--print-to-pdf={target}", str(page)], check=True, capture_output=True
    )
    return target


def by_rawi(path: Path) -> str:
    """The text of the article that ingest extracts."""
    return "\n".join(
        loaded.article.text
        for file in discover([path])
        for loaded in file.load()
        if loaded.article is not None
    )


def by_pdfium(path: Path) -> str:
    """The text that PDFium extracts."""
    with pypdfium2.PdfDocument(path) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def kept(text: str, got: str) -> tuple[float, float]:
    """Recall and precision of the words in order."""
    words, found = text.split(), got.split()
    blocks = difflib.SequenceMatcher(None, words, found, autojunk=False).get_matching_blocks()
    same = sum(block.size for block in blocks)
    return same / max(1, len(words)), same / max(1, len(found))


def measured(articles: Sequence[tuple[str, str]], font: str, chromium: str) -> None:
    """Print a table of means."""
    print(f"{len(articles)} articles, {font}")
    for name, columns in COLUMNS.items():
        rows: dict[str, list[tuple[float, float]]] = {"Rawi": [], "PDFium": []}
        for title, text in articles:
            with tempfile.TemporaryDirectory() as folder:
                style = f"body{{font:13px '{font}'}}{columns}"
                path = printed(chromium, Path(folder), title, text, style)
                rows["Rawi"].append(kept(text, by_rawi(path)))
                rows["PDFium"].append(kept(text, by_pdfium(path)))
        for reader, scores in rows.items():
            recall, precision = (mean(score[i] for score in scores) for i in (0, 1))
            print(f"{name:12} {reader:8} recall {recall:.4f}  precision {precision:.4f}")


def main() -> None:
    """Sample articles, make PDFs, extract their text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="JSON lines with title and text")
    parser.add_argument("--articles", type=int, default=30)
    parser.add_argument("--font", default="DejaVu Sans")
    options = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if chromium is None:
        parser.error("Chromium is needed: apt-get install chromium")
    with options.file.open(encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    fitting = [r for r in records if len(r["text"]) in LENGTHS]
    sample = random.Random(1).sample(fitting, min(options.articles, len(fitting)))  # noqa: S311
    measured([(r["title"], clean_text(r["text"])) for r in sample], options.font, chromium)


if __name__ == "__main__":
    main()
