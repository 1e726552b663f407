"""Recognises pages that a site serves instead of an article: errors, logins, bot checks, consent.

Many have status 200. They are recognised by titles that are common to all sites, unless the text is
long, and paywalls by their lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.core.errors import LoadError
from vectorstore.core.text_analysis import normalise

MAX_ERROR_PAGE_LENGTH = 1_200
"""Longest text of such a page in characters."""

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
# Normalised lines that ask for a subscription.
_PAYWALL = re.compile(
    r"للمشتركين فقط|(?:اشترك|سجل (?:ال)?دخول).{0,40}(?:القراءه|لقراءه|المحتوي|المقال)"
    r"|لديك (?:اشتراك|حساب)|ليس لديك حساب|(?:only for|for) subscribers|subscribers only"
    r"|(?:subscribe|(?:sign|log) in) to (?:continue|read|keep)"
    r"|already (?:a subscriber|have an account)"
)
MAX_PAYWALL_LINE_LENGTH = 160
"""Longest such line in characters."""
MIN_UNWALLED_LENGTH = 60
"""Fewest characters of an article; a page with this many in other lines is no paywall."""
_PARTS = re.compile(r"\s+[-–—|•»:]+\s+")


def reject_error_page(titles: Iterable[str | None], text: str) -> None:
    """Check a page by its ``titles`` and ``text``.

    Raises:
        LoadError: it is an error page or the like.
    """
    if len(text) > MAX_ERROR_PAGE_LENGTH:
        return
    for title in filter(None, titles):
        for number, part in enumerate(_PARTS.split(title)):
            words = " ".join(re.findall(r"\w+", normalise(part)))
            if number and words.isdecimal():  # a number of a series, as in "The series | 404"
                continue
            kind = next((kind for kind, known in _TITLES.items() if known.fullmatch(words)), None)
            if kind is not None:
                raise LoadError(kind)
    lines = (line for line in text.split("\n") if len(line) <= MAX_PAYWALL_LINE_LENGTH)
    walls = [line for line in lines if _PAYWALL.search(normalise(line))]
    if walls and len(text) - sum(map(len, walls)) < MIN_UNWALLED_LENGTH:
        raise LoadError("paywall")
