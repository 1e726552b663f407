"""One long conversation in Arabic, as a reader sees it: text, formatting, links and buttons."""

from __future__ import annotations

from tests.telegram.conftest import ROOT
from tests.telegram.people import Person, Said

SEED = (ROOT / "samples" / "000_c25f10eea034f5a5.txt").read_text(encoding="utf-8")
RLM, FSI, PDI = "\u200f", "\u2068", "\u2069"


def verbatim(said: Said, article: str) -> None:
    """The first quoted passage stands in the article, and bold words in every quoted passage."""
    passages = said.marked("expandable_blockquote") + said.marked("blockquote")
    assert " ".join(passages[0].split()) in " ".join(article.split())
    for passage in passages:
        assert any(bold in passage for bold in said.marked("bold"))


def test_a_long_conversation(reader: Person) -> None:
    greeting = reader.ask("/start")
    assert greeting.text.split("\n\n") == [
        "أهلًا بك! أنا الراوي، أجيب عن أسئلتك من المقالات المحفوظة عندي وحدها، وأنقل لك "
        "موضع الجواب بنصّه مع ذكر مصدره.",
        "جرّب أن تسأل:",
    ]
    assert greeting.message["entities"] == []

    said = reader.ask("السلام عليكم")
    assert said.text.startswith("وعليكم السلام ورحمة الله!")
    assert said.buttons == {}

    # A question, its source, and more of it.
    said = reader.ask("ماذا قال نتنياهو عن البرنامج النووي الإيراني؟")
    reply, source, *_ = said.text.split("\n\n")
    assert reply.startswith("«")
    assert "» [1]" in reply
    assert "الاحتكاك" in reply
    number_and_title, source_and_date, *_ = source.split("\n")
    title = next(iter(said.links()))
    assert number_and_title == f"{RLM}[1] {title}"
    assert source_and_date == "4 يونيو 2021، 16:57"
    assert title in SEED
    verbatim(said, SEED)
    labels = list(said.buttons)
    assert (labels[0], *labels[-2:]) == ("السياق [1]", "👍", "👎")
    kinds = [e["type"] for e in said.message["entities"]]
    assert kinds[:4] == ["bold", "text_link", "expandable_blockquote", "bold"]

    reader.tap(said, "السياق [1]")
    around = reader.hear()
    assert [e["type"] for e in around.message["entities"]] == ["bold", "blockquote", "bold"]
    verbatim(around, SEED)

    # A follow-up, and thanks.
    said = reader.ask("ومن انتقد تصريحاته؟")
    assert "غانتس انتقد تصريحاته" in said.text
    verbatim(said, SEED)
    assert reader.ask("شكرًا جزيلًا 🌹").text == "على الرحب والسعة!"

    # What no article answers.
    said = reader.ask("كم سعر تذكرة القطار السريع بين طوكيو وأوساكا؟")
    assert said.text == (
        "لم أجد في المقالات ما يجيب عن هذا السؤال.\n\nقد تفيدك هذه المقالات، وإن لم تجب عن السؤال:"
    )
    assert said.message["entities"] == []
    labels = list(said.buttons)
    assert 1 <= len([label for label in labels if label.startswith("📄 ")]) <= 3
    assert labels[-2:] == ["👍", "👎"]

    # An emoji in the question moves nothing in the answer.
    said = reader.ask("😀😀 من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟ 🚀")
    assert "الولايات المتحدة الأمريكية تعهدت بملء مخزون" in said.text
    verbatim(said, SEED)

    # In between, what is at hand.
    said = reader.ask("/sources")
    assert said.text.startswith("عندي ")
    assert f"{FSI}The Coastal Observer{PDI}" in said.text
    assert said.marked("bold")[0] == "الأحدث:"
    assert said.links()

    # Forgotten on request.
    reader.ask("/new")
    said = reader.ask("ومن انتقد تصريحاته؟")
    assert "نتنياهو" not in said.text.split("\n\n")[0]
