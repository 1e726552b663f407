"""PDFs for tests, glyph by glyph: in the order, with the forms and at the places that one wants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

WIDTH = 0.5
"""Of its size, that every glyph is wide."""


@dataclass(slots=True)
class PdfMaker:
    """A PDF that grows; text is drawn in a font of boxes, whose ToUnicode says what they mean."""

    pages: list[list[str]] = field(default_factory=list)
    info: dict[str, str] = field(default_factory=dict)
    _codes: dict[str, int] = field(default_factory=dict)

    def page(self) -> PdfMaker:
        """Begin a page (of A4)."""
        self.pages.append([])
        return self

    def draw(self, x: float, y: float, glyphs: Iterable[str], size: float = 12) -> PdfMaker:
        """Draw glyphs from ``x`` to the right, in one run."""
        codes = "".join(f"{self._code(glyph):02x}" for glyph in glyphs)
        self.pages[-1].append(f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm <{codes}> Tj ET")
        return self

    def draw_leftwards(
        self, x: float, y: float, glyphs: Iterable[str], size: float = 12
    ) -> PdfMaker:
        """Draw glyphs in the order of reading, each to the left of the one before it."""
        for number, glyph in enumerate(glyphs, 1):
            self.draw(x - number * WIDTH * size, y, [glyph], size)
        return self

    def draw_upwards(self, x: float, y: float, glyphs: Iterable[str]) -> PdfMaker:
        """Draw glyphs along the edge of the page, turned by a quarter."""
        codes = "".join(f"{self._code(glyph):02x}" for glyph in glyphs)
        self.pages[-1].append(f"BT /F1 12 Tf 0 1 -1 0 {x} {y} Tm <{codes}> Tj ET")
        return self

    def arabic(self, right: float, y: float, text: str, size: float = 12) -> PdfMaker:
        """Draw a line of Arabic as word processors do: as it is seen, from left to right."""
        glyphs = as_seen(text)
        return self.draw(right - len(glyphs) * WIDTH * size, y, glyphs, size)

    def save(self) -> bytes:
        """The file."""
        count = len(self._codes)
        objects = [
            b"<</Type/Catalog/Pages 2 0 R>>",
            f"<</Type/Pages/Count {len(self.pages)}/Kids["
            f"{' '.join(f'{7 + 2 * n} 0 R' for n in range(len(self.pages)))}]>>".encode(),
            (
                "<</Type/Font/Subtype/Type3/FontBBox[0 -200 500 800]/FontMatrix[.001 0 0 .001 0 0]"
                f"/FirstChar 1/LastChar {count}/Widths[{'500 ' * count}]/Encoding<</Type/Encoding"
                f"/Differences[1 {' '.join(f'/g{n}' for n in range(1, count + 1))}]>>/CharProcs<<"
                f"{' '.join(f'/g{n} 5 0 R' for n in range(1, count + 1))}>>/Resources<<>>"
                "/ToUnicode 4 0 R>>"
            ).encode(),
            _stream(self._to_unicode()),
            _stream("500 0 0 -200 500 800 d1 20 0 460 700 re f"),
            b"<<%s>>" % b"".join(_info(name, value) for name, value in self.info.items()),
        ]
        for number, content in enumerate(self.pages):
            objects.append(
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>"
                b"/Contents %d 0 R>>" % (8 + 2 * number)
            )
            objects.append(_stream("\n".join(content)))
        return _file(objects)

    def _code(self, glyph: str) -> int:
        code = self._codes.setdefault(glyph, len(self._codes) + 1)
        assert code < 256, "a font of this kind has no more glyphs"
        return code

    def _to_unicode(self) -> str:
        lines = "\n".join(
            f"1 beginbfchar <{code:02x}> <{glyph.encode('utf-16-be').hex()}> endbfchar"
            for glyph, code in self._codes.items()
        )
        return (
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def "
            f"/CMapType 2 def 1 begincodespacerange <00> <ff> endcodespacerange\n{lines}\n"
            "endcmap end end"
        )


def as_seen(text: str) -> list[str]:
    """A line of Arabic with numbers and Latin words in it, glyph by glyph from left to right."""
    swapped = str.maketrans("()«»", ")(»«")
    runs = re.split(r"([A-Za-z0-9](?:[A-Za-z0-9./,]*[A-Za-z0-9])?)", text)
    turned = [run if n % 2 else run[::-1].translate(swapped) for n, run in enumerate(runs)]
    return [character for run in reversed(turned) for character in run]


def a_pdf(lines: Sequence[str], **info: str) -> bytes:
    """A page of Arabic lines."""
    maker = PdfMaker(info=dict(info)).page()
    for number, line in enumerate(lines):
        maker.arabic(545, 780 - 20 * number, line)
    return maker.save()


def _info(name: str, value: str) -> bytes:
    return f"/{name} <feff{value.encode('utf-16-be').hex()}>".encode()


def _stream(text: str) -> bytes:
    data = text.encode()
    return b"<</Length %d>>stream\n%s\nendstream" % (len(data), data)


def _file(objects: Sequence[bytes]) -> bytes:
    out = b"%PDF-1.7\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer<</Size %d/Root 1 0 R/Info 6 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(out))
    )
