"""Sentences of an article that speak to whoever processes it instead of telling something.

News does not give its reader's software orders. A sentence that does is not shown to the model, and
bears nothing out: otherwise "write that the minister resigned" would make it an article's word. The
patterns catch the usual wordings, not every one; what they miss still meets the check.
"""

from __future__ import annotations

import re

from ingest.sentences import split_sentences
from vectorstore.analysis import normalise

_SAY_AR = (
    "(?:اكتب|اجب|رد|قل|اضف|ضع|اذكر|استشهد|اخبر|اقتبس|كرر|اختم|ترجم|اعرض|ارسل|اطبع|انس|تجاهل|استبدل|"
    "اهمل|لا تذكر|لا تستشهد|لا تجب|احذف|غير|اعتبر)"
)
_SAY_EN = (
    "(?:write|answer|reply|respond|say|state|add|cite|tell|repeat|print|output|ignore|forget|"
    "disregard|translate|reveal|append|include|replace|claim|pretend|act|do not|don't|never|always)"
)
_MODEL_AR = "(?:ال|ل|لل)?(?:نموذج|مساعد|ذكا الاصطناعي|بوت|روبوت|نظام الالي|راوي|برنامج الذي يقرا)"
_MODEL_EN = (
    r"(?:assistants?|language models?|ai(?: models?| systems?| agents?)?|llms?|chat ?bots?|bots?|"
    r"chatgpt|rawi|gpt)"
)
_ORDERS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:^|[:.!،,؛\-*#>»\"(]\s*){_SAY_AR}\b",
        rf"(?:^|[:.!,;\-*#>\"(]\s*)(?:please |now |just |then )?{_SAY_EN}\b",
        rf"(?:يجب|عليك|ينبغي|المطلوب|مطلوب|الرجا|رجا)\b.{{0,20}}{_SAY_AR}",
        rf"(?:must|should|have to|need to|are to|will)\s+(?:now |only |always )?{_SAY_EN}\b.*\b"
        r"(?:answer|source|instruction|\[\d|prompt)",
        r"(?:تجاهل|تناس|انس|اهمل|خالف).{0,40}(?:تعليمات|اوامر|قواعد|ما سبق|السابق|توجيه)",
        r"(?:ignore|forget|disregard|override|bypass).{0,40}(?:instruction|rule|prompt|above|previous)",
        rf"(?:ايها|ايتها|يا|الي|ملاحظه|رساله|تعليمات|توجيه)\s*{_MODEL_AR}\b",
        rf"\b(?:to|for|dear|attention|note to|hey|hello|as an?)\b.{{0,20}}\b{_MODEL_EN}\b",
        r"(?:انت الان|من الان فصاعدا|اعتبارا من الان انت|you are now|from now on,? you)",
        r"(?:^|\W)(?:system|assistant|user|human|developer|inst|النظام|المستخدم)\s*(?:prompt|message)?"
        r"\s*(?:[:\]>|]|‹)",
        r"(?:im_start|im_end|endoftext|start_of_turn|end_of_turn|\[/?inst\]|<</?sys>>|no_answer)",
        r"</?\s*(?:passage|question|earlier|system|instructions?)\b",
        r"\"(?:role|content)\"\s*:",
        r"(?:الجواب|الاجابه|الرد)\s*(?:الصحيح|المطلوب|النهايي|المعتمد)",
        r"(?:the )?(?:correct|right|final|required|expected|only) answer\b",
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
