"""Pages that a site shows in the place of an article: errors, checks for robots, logins, consent.

Many come with a 200, as if they were the article. They are known by their titles, which are the
same on every site; a long text under such a title is an article about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.core.errors import LoadError
from vectorstore.core.text_analysis import normalise

LONGEST = 1_200
"""Characters of the text of such a page."""

_KINDS = {
    "error_page": (
        r"(?:error |خطا )?(?:40[34]|410|50[0234])(?: (?:error|خطا|not found|forbidden|gone))?"
        r"|(?:40[34] )?(?:the )?page (?:you .{3,40} )?(?:was |is |could not be )?(?:not |no )"
        r"(?:found|available)|page introuvable|(?:file )?not found|service unavailable|bad gateway"
        r"|(?:عذرا )?(?:هذه )?الصفحه(?: (?:المطلوبه|التي تبحث عنها|التي طلبتها))?"
        r"(?: غير (?:موجوده|متوفره|متاحه))|(?:عذرا )?لم يتم العثور (?:علي|عن)(?: هذه)? الصفحه"
        r"|(?:site |website )?(?:under|down for) maintenance"
        r"|الموقع (?:تحت|قيد|في) الصيانه"
    ),
    "robot_check": (
        r"just a moment|attention required.{0,20}|checking your browser.{0,60}|robot check"
        r"|(?:please )?verify (?:that )?you are (?:a )?human|are you (?:a )?(?:robot|human)"
        r"|human verification|security (?:check|verification)"
        r"|access (?:to this page has been )?denied"
        r"|(?:request|access) (?:rejected|blocked)|pardon our interruption|ddos protection.{0,40}"
        r"|(?:التحقق من |تاكد من )?انك لست روبوتا?|تم (?:رفض|حظر) الوصول"
    ),
    "login_page": (
        r"log ?in|sign ?in|(?:log|sign) in (?:to|or) .{1,40}|subscribe(?: now| to .{1,40})?"
        r"|تسجيل (?:ال)?دخول|سجل (?:ال)?دخول|اشترك الان"
    ),
    "consent_page": (
        r"before you continue.{0,40}|we (?:value|care about) your privacy"
        r"|(?:your )?(?:privacy|cookie) (?:choices|settings|preferences|consent)"
        r"|cookie (?:policy|notice)"
        r"|نحن (?:نقدر|نهتم ب|نحترم) ?خصوصيتك|اعدادات ملفات تعريف الارتباط"
    ),
}
_TITLES = {kind: re.compile(titles) for kind, titles in _KINDS.items()}
# As ``normalise`` writes them: lines that ask for a subscription below a headline.
_WALL = re.compile(
    r"للمشتركين فقط|(?:اشترك|سجل (?:ال)?دخول).{0,40}(?:القراءه|لقراءه|المحتوي|المقال)"
    r"|لديك (?:اشتراك|حساب)|ليس لديك حساب|(?:only for|for) subscribers|subscribers only"
    r"|(?:subscribe|(?:sign|log) in) to (?:continue|read|keep)"
    r"|already (?:a subscriber|have an account)"
)
LONGEST_WALL = 160
"""Characters of such a line; a longer one tells a story …"""
LEAST_BESIDE = 60
"""… and so do so many characters beside them."""
_PARTS = re.compile(r"\s+[-–—|•»:]+\s+")


def reject_error_page(titles: Iterable[str | None], text: str) -> None:
    """Nothing, if the page with these ``titles`` may hold an article.

    Raises:
        LoadError: it stands in the place of one.
    """
    if len(text) > LONGEST:
        return
    for title in filter(None, titles):
        for number, part in enumerate(_PARTS.split(title)):
            words = " ".join(re.findall(r"\w+", normalise(part)))
            if number and words.isdecimal():  # of a series, perhaps; "404 - The Site" comes first
                continue
            kind = next((kind for kind, known in _TITLES.items() if known.fullmatch(words)), None)
            if kind is not None:
                raise LoadError(kind)
    lines = (line for line in text.split("\n") if len(line) <= LONGEST_WALL)
    walls = [line for line in lines if _WALL.search(normalise(line))]
    if walls and len(text) - sum(map(len, walls)) < LEAST_BESIDE:
        raise LoadError("paywall")
