"""Takes the README's picture of conversations with the bot: real messages of a real run.

    python -m benchmarks.screenshots.telegram docs/images/telegram-conversation.png --models DIR

The bot runs as a process on the samples, people write to it through the tests' Bot API server, and
what was said is drawn with its formatting and buttons as a phone would. Needs the Chromium and
chromedriver of the system with fonts for Arabic and emoji (Debian: fonts-noto-core,
fonts-noto-color-emoji), and the `test` extra for selenium.
"""

from __future__ import annotations

import argparse
import html
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.chromium import open_chromium, open_page, screenshot
from tests.conftest import ROOT
from tests.telegram.conftest import EDITOR, Launcher, environment
from tests.telegram.people import Person
from tests.telegram.server import BOT, BotApi
from tests.telegram.test_editors import LIGHTHOUSE, card, upload

WIDTH = 1340
TODAY = "2026-03-04"
"""The day on which the newest sample was published."""
_TAGS = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": ('<blockquote class="folded">', "</blockquote>"),
    "mention": ("<a>", "</a>"),
    "bot_command": ("<a>", "</a>"),
}
STYLE = """
* { box-sizing: border-box; margin: 0 }
body { width: 1340px; padding: 24px; background: #fff; display: flex; gap: 28px;
       font: 15px/1.5 "Noto Sans Arabic", "Noto Sans", "Noto Color Emoji", sans-serif; color: #111 }
.phone { flex: 1; border: 9px solid #20242b; border-radius: 40px; overflow: hidden;
         background: #dbe7d3; display: flex; flex-direction: column }
header { background: #fff; padding: 14px 20px 10px; display: flex; align-items: center; gap: 12px;
         border-bottom: 1px solid #d9dee3 }
header i { width: 38px; height: 38px; border-radius: 50%; background: #3f8f6b; color: #fff;
           font: 700 20px/38px "Noto Sans Arabic"; text-align: center }
header b { display: block; line-height: 1.3 } header small { color: #6b7783 }
main { padding: 12px 10px 16px; display: flex; flex-direction: column; gap: 7px }
.from { max-width: 88%; align-self: flex-start }
.from:has(.row) { width: 88% }
.me { align-self: flex-end }
.bubble { background: #fff; border-radius: 14px; padding: 7px 11px 8px;
          box-shadow: 0 1px 1px rgba(0,0,0,.12) }
.me .bubble { background: #e9fbd5 }
p { unicode-bidi: plaintext; text-align: start; min-height: .6em; overflow-wrap: anywhere }
a { color: #1c75bc; text-decoration: none }
blockquote { background: #eaf3fb; border-inline-start: 3px solid #2f8bd0; border-radius: 5px;
             padding: 3px 8px; margin: 3px 0 }
blockquote.folded { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3;
                    overflow: hidden }
.file { display: flex; gap: 9px; align-items: center; direction: ltr }
.file i { width: 36px; height: 36px; border-radius: 50%; background: #5cb85c; color: #fff;
          font: 18px/36px sans-serif; text-align: center }
.row { display: flex; gap: 4px; margin-top: 4px }
.row span { flex: 1; background: rgba(96, 122, 92, .62); color: #fff; border-radius: 8px;
            text-align: center; padding: 5px 8px; font-size: 14px; white-space: nowrap;
            overflow: hidden; text-overflow: ellipsis }
"""


def main() -> int:
    """Run the conversation, render it and take the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, help="the PNG to write")
    parser.add_argument("--models", type=Path, default=ROOT / ".rawi" / "models")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        phones = _conversations(Path(folder) / "home", arguments.models)
        page = Path(folder) / "page.html"
        page.write_text(_page(phones), encoding="utf-8")
        with open_chromium(Path(folder) / "profile", "--hide-scrollbars") as window:
            open_page(window, page.as_uri(), WIDTH)
            height = int(window.execute_script("return document.documentElement.scrollHeight"))
            picture = screenshot(window, WIDTH, height)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_bytes(picture)
    print(f"{arguments.out}: {len(picture) / 1000:.0f} kB")
    return 0


def _conversations(home: Path, models: Path) -> list[list[dict[str, Any]]]:
    """The messages that two readers and an editor see."""
    command = [sys.executable, str(ROOT / "rawi.py"), "ingest", str(ROOT / "samples")]
    subprocess.run(command, env=environment(home, models), check=True, capture_output=True)
    api = BotApi()
    start = Launcher(api, home, models)
    try:
        start(more={"RAWI_BOT_TODAY": TODAY})
        reader, browser, editor = Person(api, 1), Person(api, 2), Person(api, EDITOR)
        reader.ask("ليش ما اشتغلت صفارات الإنذار بوادي القطا؟")
        fact = reader.ask("قديش عدد ضحايا زلزال السفوح بآخر حصيلة؟")
        reader.press(fact, "ملخص")
        reader.next_message()
        reader.ask("شكرًا")
        browser.press(browser.ask("أعطني أربعة أخبار رياضية"), "المزيد")
        browser.next_edit(containing="وأيضًا")
        browser.ask("رتب لي أحداث زلزال السفوح زمنيًا")
        upload(editor, "lighthouse.txt", LIGHTHOUSE.encode())
        card(editor)
        editor.ask("كم بلغت كلفة ترميم منارة رأس الصدف؟")
        editor.ask("كم يبلغ راتب رئيسة بلدية نورسة هالة البرقوقي؟")
        return [
            [m for (chat, _), m in sorted(api.messages.items()) if chat == person.id]
            for person in (reader, browser, editor)
        ]
    finally:
        start.stop()
        api.close()


def _page(phones: list[list[dict[str, Any]]]) -> str:
    head = f"<header><i>ر</i><div><b>{BOT['first_name']}</b><small>بوت</small></div></header>"
    drawn = "".join(
        f'<div class="phone">{head}<main>{"".join(map(_message, phone))}</main></div>'
        for phone in phones
    )
    return (
        f'<!doctype html><html lang="ar" dir="rtl"><meta charset="utf-8"><style>{STYLE}</style>'
        f"<body>{drawn}</body></html>"
    )


def _message(message: dict[str, Any]) -> str:
    side = "from" if message["from"]["is_bot"] else "from me"
    if "document" in message:
        name = html.escape(message["document"]["file_name"])
        inner = f'<div class="file"><i>⇩</i><a>{name}</a></div>'
    else:
        inner = formatted(message["text"], message.get("entities", []))
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    keyboard = "".join(
        '<div class="row">'
        + "".join(f'<span dir="auto">{html.escape(b["text"])}</span>' for b in row)
        + "</div>"
        for row in rows
    )
    return f'<div class="{side}"><div class="bubble">{inner}</div>{keyboard}</div>'


def formatted(text: str, entities: list[dict[str, Any]]) -> str:
    """``text`` as HTML: its entities (in UTF-16 units) as tags, its lines as paragraphs."""
    marks: dict[int, list[str]] = {}
    for entity in sorted(entities, key=lambda e: (e["offset"], -e["length"])):
        opening, closing = _TAGS.get(entity["type"], ("<a>", "</a>"))
        marks.setdefault(entity["offset"], []).append(opening)
        marks.setdefault(entity["offset"] + entity["length"], []).insert(0, closing)
    encoded = text.encode("utf-16-le")
    pieces, at = [], 0
    for offset in sorted({*marks, len(encoded) // 2}):
        pieces.append(html.escape(encoded[2 * at : 2 * offset].decode("utf-16-le")))
        pieces += marks.get(offset, [])
        at = offset
    return _paragraphs("".join(pieces))


def _paragraphs(marked: str) -> str:
    """Paragraphs with their own text direction; quotes are blocks of lines."""
    out = []
    for part in marked.replace("<blockquote", "\0<blockquote").split("\0"):
        quote, closing, rest = part.partition("</blockquote>")
        if closing:
            tag, _, inner = quote.partition(">")
            out.append(f"{tag}>{_lines(inner)}</blockquote>{_lines(rest.removeprefix(chr(10)))}")
        else:
            out.append(_lines(part.removesuffix("\n")))
    return "".join(out)


def _lines(text: str) -> str:
    """Close the tags open at the end of each line, and reopen them on the next."""
    out, open_tags = [], ""
    for line in text.split("\n") if text else []:
        whole = open_tags + line
        for tag in ("b", "i", "a"):
            lacking = whole.count(f"<{tag}>") - whole.count(f"</{tag}>")
            whole += f"</{tag}>" * max(lacking, 0)
            open_tags = open_tags.replace(f"<{tag}>", "") + f"<{tag}>" * max(lacking, 0)
        out.append(f"<p>{whole}</p>")
    return "".join(out)


if __name__ == "__main__":
    sys.exit(main())
