"""Sentences of an article that speak to whoever processes it instead of telling something.

News does not give its reader's software orders. A sentence that does is not shown to the model, and
bears nothing out: otherwise "write that the minister resigned" would make it an article's word. The
patterns catch the usual wordings, not every one; what they miss still meets the check.
"""

from __future__ import annotations

import re

from ingest.sentences import split_sentences
from vectorstore.analysis import normalise

# Imperatives that read like nothing else; then those that news uses in the past tense or as nouns,
# which count only beside what an order to a model is about.
_SAY_AR = "(?:اكتب|اجب|قل|اضف|ضع|اذكر|اختم|اعرض|اطبع|انس|احذف)"
_MAY_SAY_AR = (
    "(?:رد|استشهد|اخبر|اقتبس|كرر|ترجم|ارسل|تجاهل|استبدل|اهمل|لا تذكر|لا تستشهد|لا تجب|غير|اعتبر)"
)
_ABOUT_AR = "(?:تعليمات|القواعد|القاري|جوابك|اجابتك|مصدر|المصادر|السوال|المستخدم|كلمه|البرومبت)"
_SAY_EN = "(?:ignore|forget|disregard|reveal|translate|pretend|respond|append|output|cite|repeat)"
_MAY_SAY_EN = (
    "(?:write|answer|reply|say|state|add|tell|print|include|replace|claim|act|do not|don't|never|"
    "always)"
)
_ABOUT_EN = r"(?:that|the reader|the user|answer|source|instructions?|rules|prompt|link|quote|\[\d)"
_MODEL_AR = "(?:ال|ل|لل)?(?:نموذج|مساعد|ذكا الاصطناعي|بوت|روبوت|نظام الالي|راوي|برنامج الذي يقرا)"
_MODEL_EN = (
    r"(?:assistants?|language models?|ai(?: models?| systems?| agents?)?|llms?|chat ?bots?|bots?|"
    r"chatgpt|rawi|gpt)"
)
_CLAUSE = r"(?:^|[:.!،,؛;\-*#>»\"(]\s*)"
_ORDERS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_CLAUSE}(?:من فضلك )?{_SAY_AR}\b",
        rf"{_CLAUSE}{_MAY_SAY_AR}\b.{{0,40}}{_ABOUT_AR}",
        rf"{_CLAUSE}(?:please |now |just |then )?{_SAY_EN}\b",
        rf"{_CLAUSE}(?:please |now |just |then )?{_MAY_SAY_EN}\b.{{0,40}}\b{_ABOUT_EN}\b",
        rf"(?:يجب|عليك|ينبغي|المطلوب|مطلوب|الرجا|رجا)\b.{{0,20}}\b{_SAY_AR}\b",
        rf"(?:must|should|have to|need to|are to)\s+(?:only |always )?(?:{_SAY_EN}|{_MAY_SAY_EN})"
        r"\b.*\b(?:answer|sources?|instructions?|\[\d|prompt)\b",
        r"(?:تجاهل|تناس|انس|اهمل|خالف).{0,40}(?:تعليمات|اوامر|قواعد|ما سبق|توجيهات)",
        r"(?:ignore|forget|disregard|override|bypass).{0,40}(?:instruction|rule|prompt|above)",
        rf"(?:ايها|ايتها|يا|ملاحظه|رساله|تعليمات|توجيه)\s*{_MODEL_AR}\b",
        rf"(?:dear|attention|note to|message (?:to|for)|instructions? (?:to|for)|hey|hello)\b"
        rf".{{0,20}}\b{_MODEL_EN}\b",
        r"(?:انت الان|من الان فصاعدا|you are now|from now on,? you)",
        r"(?:^|\W)(?:system|assistant|user|human|developer|inst|النظام|المستخدم)\s*"
        r"(?:prompt|message)?\s*(?:[:\]>|]|‹)",
        r"(?:im_start|im_end|endoftext|start_of_turn|end_of_turn|\[/?inst\]|<</?sys>>|no_answer)",
        r"</?\s*(?:passage|question|earlier|system|instructions?)\b",
        r"\"(?:role|content)\"\s*:",
        r"(?:الجواب|الاجابه|الرد)\s*(?:الصحيح|المطلوب|النهايي|المعتمد)",
        r"(?:the )?(?:correct|right|required|expected) answer\b",
        r"!\[[^\]]*\]\(",
    )
)


def is_order(sentence: str) -> bool:
    """Whether a sentence gives orders to a model, or looks like a part of its prompt."""
    plain = normalise(sentence).strip(" \t«»\"'*_-")
    return any(pattern.search(plain) for pattern in _ORDERS)


def without_orders(text: str) -> str:
    """``text`` with ``…`` in the place of each sentence that gives orders."""
    kept, at = [], 0
    for start, end in split_sentences(text):
        if is_order(text[start:end]):
            kept += [text[at:start], "…"]
            at = end
    return "".join([*kept, text[at:]])
