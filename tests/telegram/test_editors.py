"""Editors add, list, show and remove articles, and get the results."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from typing import Any
from urllib.parse import quote

import docx
import pytest

from tests.pdf_maker import PdfMaker
from tests.site import Handler, served
from tests.telegram.conftest import CHANNEL, Bot
from tests.telegram.people import BotMessage, Person
from tests.telegram.server import BotApi, Call

LIGHTHOUSE = (
    "افتتاح منارة رأس الصدف بعد ترميمها\n\nالخميس 7 مارس 2024\n\n"
    "افتتحت بلدية مرسى النخيل، الخميس، منارة رأس الصدف بعد أعمال ترميم استمرت 14 شهرًا وبلغت "
    "كلفتها 275 ألف دينار. وقالت المهندسة سلمى الحداد، المشرفة على المشروع، إن المنارة ستستقبل "
    "الزوار يوميًا ما عدا الثلاثاء. وأضافت أن درجها الحجري المؤلف من 131 درجة أعيد بناؤه كاملًا."
    " ومن المقرر أن يُفتتح متحف صغير لتاريخ الملاحة في بيت الحارس القديم قبل نهاية العام، "
    "وأن تُخصص عائداته لصيانة الشاطئ.\n"
)


@pytest.fixture
def working(editor: Person) -> Person:
    return editor


def upload(person: Person, name: str, content: bytes, **fields: Any) -> None:
    file_id = f"file{time.monotonic_ns()}"
    person.api.files[file_id] = content
    person.send(
        document={
            "file_id": file_id,
            "file_unique_id": file_id,
            "file_name": name,
            "file_size": len(content),
        },
        **fields,
    )


def card(person: Person) -> BotMessage:
    """The result in the place of "working…"."""
    reply = person.next_message()
    person.api.wait(
        lambda calls: [
            c
            for c in calls
            if c.method == "editMessageText"
            and int(c.params["message_id"]) == reply.id
            and "⏳" not in c.text
        ],
        since=person.seen,
        timeout=600.0,  # the worker that ingests gets little of a busy machine
    )
    return BotMessage(person.api.messages[(person.chat["id"], reply.id)])


def test_a_file_becomes_an_article_that_readers_can_ask_about(
    working: Person, reader: Person
) -> None:
    upload(working, "lighthouse.txt", LIGHTHOUSE.encode())
    reply = card(working)
    assert reply.text.startswith("✅ أُضيف المقال")
    assert "افتتاح منارة رأس الصدف بعد ترميمها" in reply.text
    assert "7 مارس 2024" in reply.text
    assert "اللغة: العربية · عدد المقاطع: 1" in reply.text
    assert list(reply.buttons) == ["📄 عرض", "❓ اسأل عنه", "🗑 حذف"]
    assert "275 ألف دينار" in reader.ask("كم بلغت كلفة ترميم منارة رأس الصدف؟").text


def test_documents_and_archives_are_ingested(working: Person, reader: Person) -> None:
    document, archive = io.BytesIO(), io.BytesIO()
    written = docx.Document()
    written.add_paragraph("معرض العسل في مرسى النخيل")
    written.add_paragraph("أقيم معرض العسل الجبلي وشارك فيه 43 نحالا من القرى.")
    written.save(document)
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("سباق/سباق.md", "# سباق القوارب\n\nفاز بسباق القوارب الشراعية فريق النورس.")
        packed.writestr("صورة.png", b"\x89PNG")
        packed.writestr("جدول.ods", b"PK")
    upload(working, "honey.docx", document.getvalue())
    assert "معرض العسل في مرسى النخيل" in card(working).text
    upload(working, "race.zip", archive.getvalue())
    reply = card(working).text
    assert "جدول.ods" in reply and "غير مدعوم" in reply, "the rest is in all the same"
    assert "صورة.png" not in reply, "nobody takes a picture for an article"
    assert "43" in reader.ask("كم نحالا شارك في معرض العسل الجبلي؟").text
    assert "النورس" in reader.ask("من فاز بسباق القوارب الشراعية؟").text


def test_a_failed_download_is_repeated(working: Person) -> None:
    working.api.fail("download", drop=True)
    working.api.fail("download", status=502)
    upload(working, "pearl.txt", LIGHTHOUSE.replace("رأس الصدف", "رأس الدرة").encode())
    assert "افتتاح منارة رأس الدرة" in card(working).text


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("scan.pdf", PdfMaker().page().save(), "صفحاته صور أو ممسوحة ضوئيًا"),
        ("cut.docx", b"PK\x03\x04", "ناقص"),
        ("text.pdf", b"plain text", "ليس ملف PDF"),
        ("locked.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "محمي بكلمة سر"),
    ],
)
def test_the_problem_of_a_document_is_named_in_the_editor_s_language(
    working: Person, name: str, content: bytes, problem: str
) -> None:
    upload(working, name, content)
    assert problem in card(working).text


def test_each_file_of_an_album_is_an_article(editor: Person, shared_api: BotApi) -> None:
    since = len(shared_api.calls)
    names = ["الأول", "الثاني", "الثالث", "الرابع", "الخامس", "السادس", "السابع", "الثامن"]
    for number, name in enumerate(names, 1):
        text = f"# ملف الألبوم {name}\n\nأقيم المعرض {name} للزهور في ساحة مرسى النخيل."
        upload(editor, f"album{number}.md", text.encode(), media_group_id="7001")

    def results(calls: list[Call]) -> list[Call]:
        cards = [c for c in calls if c.method == "editMessageText" and "ملف الألبوم" in c.text]
        return cards if len(cards) == len(names) else []

    cards = shared_api.wait(results, since=since)
    assert all(card.text.startswith("✅ أُضيف المقال") for card in cards)
    assert {
        name for card in cards for name in names if f"ملف الألبوم {name}\n" in card.text
    } == set(names)


def test_an_album_of_a_forwarded_post_is_one_article(editor: Person, shared_api: BotApi) -> None:
    channel = {"id": -1_002_001, "type": "channel", "title": "أخبار الساحل", "username": "sahel"}
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 9, "height": 9}]
    since = len(shared_api.calls)
    for number in range(3):
        origin = {
            "type": "channel",
            "date": 1_709_800_000,
            "chat": channel,
            "message_id": 70 + number,
        }
        words = {"caption": "وصول أول سفينة ركاب إلى مرفأ مرسى النخيل."} if number == 0 else {}
        editor.send(photo=photo, media_group_id="7002", forward_origin=origin, **words)
    shared_api.wait(
        lambda calls: [c for c in calls if "https://t.me/sahel/70" in str(c.params)], since=since
    )
    editor.ask("شكرا")
    notices = [c for c in shared_api.of("sendMessage", since) if c.params["chat_id"] == editor.id]
    assert [c.text for c in notices] == ["⏳ جارٍ الإدخال…", "على الرحب والسعة!"]


def test_the_buttons_of_a_card_show_the_article_and_ask_about_it(editor: Person) -> None:
    editor.send(
        "/add مهرجان العسل في تل الزعتر\n\nأقامت جمعية النحالين في تل الزعتر مهرجانها الخامس للعسل "
        "بمشاركة 62 نحّالًا، وفازت بالجائزة الأولى النحّالة هناء الشماع عن عسل الخروب."
    )
    reply = card(editor)
    editor.press(reply, "عرض")
    assert "عسل الخروب" in editor.next_message().marked("blockquote")[0]
    editor.press(reply, "اسأل عنه")
    assert editor.next_message().text == "❓ ماذا جاء في خبر «مهرجان العسل في تل الزعتر»؟"
    assert "عسل الخروب" in editor.next_message(2).marked("blockquote")[0]


def test_the_same_file_again_is_unchanged_and_a_new_version_updates(working: Person) -> None:
    text = LIGHTHOUSE.replace("رأس الصدف", "رأس المرجان")
    upload(working, "coral.txt", text.encode())
    card(working)
    upload(working, "coral.txt", text.encode())
    assert card(working).text.startswith("✔️ المقال موجود من قبل ولم يتغير")
    upload(working, "coral.txt", text.replace("275", "290").encode())
    assert card(working).text.startswith("🔄 حُدّث المقال")


def test_a_file_with_many_articles_gets_a_summary(working: Person) -> None:
    records = [{"id": f"m{n}", "title": f"خبر {n}", "text": f"نص الخبر رقم {n}."} for n in range(3)]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    upload(working, "many.jsonl", "\n".join([*lines, "{not json"]).encode())
    assert "جديد 3، محدَّث 0، بلا تغيير 0، مرفوض 1" in card(working).text


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [("a.exe", b"MZ", "غير مدعوم"), ("empty.json", b"{}", "لا نص فيه")],
)
def test_a_refused_file_is_answered_with_the_reason(
    working: Person, name: str, content: bytes, why: str
) -> None:
    upload(working, name, content)
    reply = working.next_message() if name.endswith(".exe") else card(working)
    assert reply.text.startswith("⚠️ لم يُضف:")
    assert why in reply.text


def test_a_forwarded_channel_post_is_an_article_with_its_url(working: Person) -> None:
    channel = {"id": -1_002_000, "type": "channel", "title": "أخبار الساحل", "username": "sahel"}
    origin = {"type": "channel", "date": 1_709_800_000, "chat": channel, "message_id": 55}
    working.send("انقطاع الكهرباء عن حي الصيادين ساعتين مساء الأحد.", forward_origin=origin)
    reply = card(working)
    assert reply.text.startswith("✅ أُضيف المقال")
    assert "أخبار الساحل · 7 مارس 2024" in reply.text
    assert list(reply.links().values()) == ["https://t.me/sahel/55"]


def test_a_long_text_is_an_article_and_a_short_one_a_question(working: Person) -> None:
    working.send(LIGHTHOUSE.replace("رأس الصدف", "رأس اللؤلؤ") + "وحضر الحفل عدد من الصيادين.")
    assert "افتتاح منارة رأس اللؤلؤ" in card(working).text
    assert "[1]" in working.ask("من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟").text


def test_add_ingests_a_short_text(working: Person) -> None:
    working.send("/add أعلنت البلدية إغلاق سوق السمك يوم الجمعة المقبل للتنظيف.")
    assert "سوق السمك" in card(working).text


def test_emoji_and_letters_beyond_the_first_plane_shift_no_formatting(
    editor: Person, reader: Person
) -> None:
    before = "زار الوفد 👩‍🚀🌾 متحف الحروف، وفيه نقش 𐤀𐤁𐤂 من جبيل. "
    answer = "وقالت أمينة المتحف نجوى الرفاعي إن نقش 𐤀𐤁𐤂 عمره 2,900 عام 😀."
    editor.send(f"/add متحف الحروف 🏛 يعرض نقشًا من جبيل\n\n{before}{answer} وعاد الوفد مساء 🌙.")
    card(editor)
    reply = reader.ask("كم عمر النقش الذي في متحف الحروف؟")
    assert reply.marked("bold")[0] == "2,900"
    assert before in reply.marked("expandable_blockquote")[0]
    assert next(iter(reply.links())) == "متحف الحروف 🏛 يعرض نقشًا من جبيل"


def test_a_link_is_an_article(working: Person) -> None:
    paragraphs = "".join(f"<p>{line}</p>" for line in LIGHTHOUSE.split(". "))
    with served() as site:
        site.pages["/1"] = f"<html><head><title>منارة رأس المرجان</title></head>{paragraphs}</html>"
        site.pages["/"] = f"<html><head><title>المرفأ</title></head>{paragraphs}</html>"
        working.send(site.url("/1?utm_source=telegram"))
        reply = card(working)
        assert reply.text.startswith("✅ أُضيف المقال")
        assert reply.links() == {"منارة رأس المرجان": site.url("/1")}
        site.pages["/2"] = "<html><p>لا شيء</p></html>"
        working.send(site.url("/2"))
        assert card(working).text == ("⚠️ لم يُضف: لم يُعثر على مقال في الصفحة؛ أعطِ رابط المقال نفسه")
        working.send(site.url())
        assert "صفحة الموقع الرئيسية" in card(working).text
        site.pages["/1"] = f"<html><head><title>Just a moment...</title></head>{paragraphs}</html>"
        working.send(site.url("/1"))
        assert "صفحة تحقق من الزوار الآليين مكان المقال" in card(working).text


def test_a_page_can_be_shared_with_its_headline_and_a_long_url(working: Person) -> None:
    text = LIGHTHOUSE.replace("رأس الصدف", "رأس المحار")
    page = "<html><head><title>منارة رأس المحار</title></head>{}</html>"
    body = "".join(f"<p>{line}</p>" for line in text.split(". "))
    with served() as site:
        path = "/" + quote("افتتاح-منارة-رأس-المحار-بعد-ترميمها-" * 4)
        site.pages[path] = page.format(body)
        assert len(path) > 400, "longer than an article has to be"
        working.send(f"كم كلفت منارة رأس المحار؟\n{site.url(path)} عبر تطبيق المرفأ")
        assert card(working).links() == {"منارة رأس المحار": site.url(path)}
        working.send(f"/add {site.url(path)}")
        assert card(working).text.startswith("✔️ المقال موجود من قبل")
        working.send(f"{text}\n\nالمصدر: {site.url(path)}")
        assert "افتتاح منارة رأس المحار بعد ترميمها" in card(working).text


def test_a_forwarded_post_with_a_link_is_an_article_itself(working: Person) -> None:
    channel = {"id": -1_002_000, "type": "channel", "title": "أخبار الساحل", "username": "sahel"}
    origin = {"type": "channel", "date": 1_709_800_000, "chat": channel, "message_id": 56}
    words = "عودة العبارات إلى العمل بين الضفتين. التفاصيل: http://10.0.0.1/ferry"
    working.send(words, forward_origin=origin)
    assert list(card(working).links().values()) == ["https://t.me/sahel/56"]


def test_a_link_into_a_private_network_is_refused(working: Person) -> None:
    working.send("http://10.0.0.1/admin")
    assert card(working).text.startswith("⚠️ لم يُضف: 10.0.0.1 في شبكة خاصة؛ ")


def test_posts_of_a_channel_are_ingested_and_edits_update_them(
    shared_api: BotApi, editor: Person
) -> None:
    channel = {"id": CHANNEL, "type": "channel", "title": "قناة المرفأ"}
    post = {"message_id": 9, "date": 1_709_800_000, "chat": channel}
    text = "رست سفينة الأبحاث «الياقوتة» في مرفأ مرسى النخيل وعلى متنها 44 باحثًا."
    shared_api.push({"channel_post": {**post, "text": text}})
    listed(editor, "الياقوتة")
    edited = text.replace("44", "46")
    shared_api.push({"edited_channel_post": {**post, "text": edited, "edit_date": 1_709_800_100}})
    end = time.monotonic() + 240
    while "46 باحثًا" not in editor.ask("كم باحثًا على متن سفينة الأبحاث الياقوتة؟").text:
        assert time.monotonic() < end
        time.sleep(0.3)


def listed(editor: Person, words: str) -> BotMessage:
    end = time.monotonic() + 240
    while True:
        reply = editor.ask(f"/articles {words}")
        if reply.buttons:
            return reply
        assert time.monotonic() < end, reply.text
        time.sleep(0.3)


def test_articles_are_listed_in_pages_and_shown(working: Person) -> None:
    reply = working.ask("/articles")
    assert reply.text.startswith("المقالات 1–8 من ")
    working.press(reply, "التالي")
    assert working.next_edit().text.startswith("المقالات 9–")
    working.press(reply, "1")
    shown = working.next_message()
    assert shown.marked("blockquote")
    assert "🗑 حذف" in shown.buttons


def test_an_article_is_removed_after_a_confirmation(working: Person, reader: Person) -> None:
    working.send("/add دشنت جمعية الزيتون معصرة حديثة في قرية الكروم بطاقة 30 طنًا في اليوم.")
    card(working)
    assert "30 طنًا" in reader.ask("ما طاقة معصرة قرية الكروم؟").text
    working.press(working.ask("/remove معصرة"), "🗑")
    asked = working.next_message()
    assert asked.text.startswith("هل أحذف هذا المقال؟")
    working.press(asked, "إلغاء")
    assert working.next_edit().text == "لم يُحذف."
    working.press(working.ask("/remove معصرة"), "🗑")
    working.press(working.next_message(), "نعم")
    assert working.next_edit().text == "🗑 حُذف المقال."
    assert "30 طنًا" not in reader.ask("ما طاقة معصرة قرية الكروم؟").text


def test_stats_count_questions_and_articles(working: Person) -> None:
    working.ask("من تعهد بملء مخزون إسرائيل من صواريخ القبة الحديدية؟")
    reply = working.ask("/stats")
    assert "في آخر 30 يومًا" in reply.text
    assert "الأسئلة: 0" not in reply.text
    assert "المقالات: " in reply.text


def test_progress_of_a_job_is_in_its_message_and_in_ingest(working: Person) -> None:
    """The site holds the second page back until all of this has been seen."""
    page = "<html><head><title>{0}</title></head><p>{0}. {1}</p><p>{1}</p></html>"
    more = "وقال مدير المحمية إن العدد ارتفع هذا العام بفضل حماية الأعشاش من الصيد الجائر. " * 3
    seen = threading.Event()

    def held(handler: Handler) -> None:
        seen.wait(240)
        handler.give(page.format("عودة طيور النحام إلى البحيرة", more))

    with served() as site:
        site.pages["/first"] = page.format("تعشيش السلاحف على شاطئ الرمل", more)
        site.pages["/second"] = held
        working.send(f"{site.url('/first')}\n{site.url('/second')}")
        reply = working.next_message()
        since = working.seen
        progress = working.next_edit(containing="(1 حتى الآن)")
        assert progress.id == reply.id
        assert working.ask("/ingest").text == (
            f"قيد الإدخال أو الانتظار: 1\n• \u2068{site.url('/first')} (+1)\u2069 (1 حتى الآن)"
        )
        working.seen = since
        seen.set()
        assert "جديد 2" in working.next_edit(containing="✅").text
    while working.ask("/ingest").text != "لا يجري إدخال شيء الآن.":
        time.sleep(0.1)


@pytest.mark.parametrize("command", ["/add نص", "/articles", "/remove كلمة", "/stats", "/ingest"])
def test_readers_cannot_use_the_editors_commands(reader: Person, command: str) -> None:
    assert reader.ask(command).text == "هذا الأمر للمحررين وحدهم."


def test_a_reader_cannot_remove_articles_by_a_forwarded_button(
    shared_bot: Bot, reader: Person, working: Person
) -> None:
    reply = working.ask("/remove الحصبة")
    reader.press(reply, "🗑")
    call = reader.api.wait(
        lambda calls: [c for c in calls if c.method == "answerCallbackQuery"], since=reader.seen
    )[0]
    assert call.text == "هذا الأمر للمحررين وحدهم."
