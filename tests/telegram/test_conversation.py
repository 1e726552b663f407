"""A long conversation in Arabic: text, formatting, links and buttons."""

from __future__ import annotations

from tests.conftest import ROOT
from tests.telegram.people import BotMessage, Person

SEED = (ROOT / "samples" / "000_c25f10eea034f5a5.txt").read_text(encoding="utf-8")
RLM, FSI, PDI = "\u200f", "\u2068", "\u2069"


def verbatim(reply: BotMessage, article: str) -> None:
    """The first quoted passage stands in the article, and bold words in every quoted passage."""
    passages = reply.marked("expandable_blockquote") + reply.marked("blockquote")
    assert " ".join(passages[0].split()) in " ".join(article.split())
    for passage in passages:
        assert any(bold in passage for bold in reply.marked("bold"))


def test_a_long_conversation(reader: Person) -> None:
    greeting = reader.ask("/start")
    assert greeting.text.split("\n\n") == [
        "أهلًا بك! أنا الراوي، أجيب عن أسئلتك من المقالات المحفوظة عندي وحدها، وأنقل لك "
        "موضع الجواب بنصّه مع ذكر مصدره.",
        "جرّب أن تسأل:",
    ]
    assert greeting.message["entities"] == []

    reply = reader.ask("السلام عليكم")
    assert reply.text.startswith("وعليكم السلام ورحمة الله!")
    assert reply.buttons == {}

    # A question, its source, and more of it.
    reply = reader.ask("ماذا قال نتنياهو عن البرنامج النووي الإيراني؟")
    answer, source, *_ = reply.text.split("\n\n")
    assert answer.startswith("«")
    assert "» [1]" in answer
    assert "الاحتكاك" in answer
    number_and_title, source_and_date, *_ = source.split("\n")
    title = next(iter(reply.links()))
    assert number_and_title == f"{RLM}[1] {title}"
    assert source_and_date == "4 يونيو 2021، 16:57"
    assert title in SEED
    verbatim(reply, SEED)
    labels = list(reply.buttons)
    assert (labels[0], *labels[-2:]) == ("السياق [1]", "👍", "👎")
    kinds = [e["type"] for e in reply.message["entities"]]
    assert kinds[:4] == ["bold", "text_link", "expandable_blockquote", "bold"]

    reader.press(reply, "السياق [1]")
    around = reader.next_message()
    assert [e["type"] for e in around.message["entities"]] == ["bold", "blockquote", "bold"]
    verbatim(around, SEED)

    # A follow-up, and thanks.
    reply = reader.ask("ومن انتقد تصريحاته؟")
    assert "غانتس انتقد تصريحاته" in reply.text
    verbatim(reply, SEED)
    assert reader.ask("شكرًا جزيلًا 🌹").text == "على الرحب والسعة!"

    # What no article answers.
    reply = reader.ask("كم سعر تذكرة القطار السريع بين طوكيو وأوساكا؟")
    refusal, introduction, *articles = reply.text.split("\n\n")
    assert refusal == "لم أجد في المقالات ما يجيب عن هذا السؤال."
    assert introduction == "قد تفيدك هذه المقالات، وإن لم تجب عن السؤال:"
    labels = list(reply.buttons)
    assert 1 <= len(articles) <= 3
    assert labels[: len(articles)] == [f"📄 {n}" for n in range(1, len(articles) + 1)]
    assert labels[-2:] == ["👍", "👎"]

    # An emoji in the question moves nothing in the answer.
    reply = reader.ask("😀😀 من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟ 🚀")
    assert "الولايات المتحدة الأمريكية تعهدت بملء مخزون" in reply.text
    verbatim(reply, SEED)

    # In between, what is at hand.
    reply = reader.ask("/sources")
    assert reply.text.startswith("عندي ")
    assert f"{FSI}The Coastal Observer{PDI}" in reply.text
    assert reply.marked("bold")[0] == "الأحدث:"
    assert reply.links()

    # Forgotten on request.
    reader.ask("/new")
    reply = reader.ask("ومن انتقد تصريحاته؟")
    assert "نتنياهو" not in reply.text.split("\n\n")[0]
