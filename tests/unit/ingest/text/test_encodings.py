from __future__ import annotations

import codecs
import random

import pytest

from ingest.core.errors import LoadError
from ingest.text.encodings import decode, plausibility

ARABIC = (
    "قال وزير الخارجية إن بلاده ستواصل دعم الجهود الدولية لإحلال السلام في المنطقة، مؤكدا أهمية "
    "الحوار بين جميع الأطراف. وأضاف خلال مؤتمر صحفي عقده أمس في القاهرة أن الاجتماع المقبل سيعقد "
    "الشهر القادم بحضور عدد من الوزراء والسفراء."
)


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1256", "iso-8859-6"])
@pytest.mark.parametrize("text", [ARABIC, ARABIC[:60], f"عنوان\n\n{ARABIC}\n", "خبر: " + ARABIC])
def test_the_encoding_of_arabic_is_detected(text: str, encoding: str) -> None:
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert decoded.replaced == 0


def test_a_byte_order_mark_decides_and_is_removed() -> None:
    assert decode(codecs.BOM_UTF8 + ARABIC.encode()).text == ARABIC
    for encoding in ("utf-16", "utf-32"):
        assert decode(ARABIC.encode(encoding)).text == ARABIC
    assert decode(codecs.BOM_UTF16_BE + ARABIC.encode("utf-16-be")).text == ARABIC


def test_french_and_arabic_share_windows_1256() -> None:
    text = "Le président a déclaré hier que la conférence était reportée. " + ARABIC
    assert decode(text.encode("windows-1256")).text == text


def test_the_sample_of_a_long_text_begins_where_it_is_not_ascii() -> None:
    text = "x = 1\n" * 20_000 + ARABIC
    decoded = decode(text.encode("windows-1256"))
    assert decoded.text.endswith(ARABIC)


def test_a_few_damaged_characters_leave_the_rest_readable() -> None:
    data = ARABIC.encode()
    torn = data[:100] + data[101:]
    decoded = decode(torn)
    assert decoded.encoding == "utf-8"
    assert decoded.replaced >= 1
    assert decoded.text.endswith(ARABIC[-100:])


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n" + b"text " * 100, "PDF"),
        (b"PK\x03\x04" + bytes(200), "ZIP"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "PNG"),
        (b"\x7fELF" + bytes(200), "ELF"),
        (b"\x1f\x8b\x08" + bytes(200), "gzip"),
        (bytes(range(256)) * 20, "binary"),
        (b"abc" + bytes(1000), "binary"),
    ],
)
def test_a_binary_file_is_an_error_that_names_its_format(data: bytes, kind: str) -> None:
    with pytest.raises(LoadError) as caught:
        decode(data)
    assert "binary" in caught.value.problem
    assert kind in caught.value.problem
    assert ("suffix" if kind in ("PDF", "ZIP") else "UTF-8") in caught.value.remedy


def test_damaged_utf_16_is_an_error_that_names_the_byte() -> None:
    with pytest.raises(LoadError, match=r"utf-16.*byte"):
        decode(codecs.BOM_UTF16_LE + "خبر".encode("utf-16-le") + b"\x00")


def test_bytes_without_a_plausible_encoding_are_an_error() -> None:
    noise = random.Random(1).choices(range(0x80, 0x100), k=500)  # noqa: S311
    with pytest.raises(LoadError, match="no encoding"):
        decode(bytes(noise))


def test_prose_is_more_plausible_than_the_same_in_a_wrong_code_page() -> None:
    wrong = ARABIC.encode("windows-1256").decode("latin-1")
    assert plausibility(ARABIC) > 0.9 > 0.5 > plausibility(wrong)
    assert plausibility("plain ASCII") == 1.0
