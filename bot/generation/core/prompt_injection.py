"""Sentences of an article that speak to whoever processes it instead of telling something.

News does not give its reader's software orders. A sentence that does is not shown to the model, and
bears nothing out: otherwise "write that the minister resigned" would make it an article's word. The
patterns catch the usual wordings, not every one; what they miss still meets the check.
"""

from __future__ import annotations

import re

from ingest.text.sentences import split_sentences
from vectorstore.core.characters import INVISIBLE
from vectorstore.core.text_analysis import normalise

# Imperatives that read like nothing else, in the forms in which they are not something else as
# well: "أذكر أنني" is no order, "قلّ" means fewer, and Anas is a name.
_SAY_AR = (
    "(?:اكتب|اجب|اضف(?! الي (?:ذلك|هذا))|ضع|اختم|اعرض|اطبع|احذف"
    "|اذكر(?! (?:انني|اني|اننا|حين|حينما|عندما|يوم|جيدا))"
    '|قل(?=$| ?[:«"]| (?:ان|انه|انها|انهم|بان|فقط|كلمه|نعم|لا|ما|في جوابك|ل\\w+)\\b)'
    "|انس(?= (?:كل|جميع|ما|هذه|هذا|ان|انك|ال(?:تعليمات|قواعد|اوامر|توجيهات|مقاطع|مقال|سوال)"
    "|\\w+ك)\\b))"
)
# Those that news uses in the past tense or as nouns. They count right before what an order to a
# model is about ("تجاهل السؤال", not "رد مصدر": there the source is who replied), or somewhere
# before words that only such an order has.
_MAY_SAY_AR = (
    "(?:رد|استشهد|اخبر|اقتبس|كرر|ترجم|ارسل|تجاهل|استبدل|اهمل|لا تذكر|لا تستشهد|لا تجب"
    "|غير(?! ان)|اعتبر)"
)
_BETWEEN_AR = "(?: (?:كل|جميع|اي|باي|ارقام|علي|الي|عن|هذه|هذا|تلك))*"
_ABOUT_AR = (
    r"(?:(?:ال|بال)تعليمات|تعليماتك|القواعد|قواعدك|السوال|بكلمه|(?<!علي )كلمه|القاري|المستخدم"
    r"|للقاري|للمستخدم|(?<!لا تذكر )المصادر|(?<=اي )مصدر)\b"
)
_ONLY_ABOUT_AR = (
    r"(?:\b(?:جوابك|اجابتك)\b|البرومبت\b|\bمصدرا? ?\[?\d|\bالمصدر ?(?:\[|\d|:)|\bكمصدر(?=[.،! ]*$))"
)
_IGNORE_AR = r"\b[وف]?(?:ت?تجاهل|تناس|انس|اهمل|خالف)(?:ي|وا)?\b"
_RULES_AR = "(?:تعليمات|اوامر|قواعد|توجيهات)"
_SAY_EN = (
    "(?:ignore|forget|disregard|reveal|translate|pretend|respond|append|cite"
    '|(?:output|repeat) (?:the|this|that|only|your|after|an?\\b|"|\\[))'
)
_MAY_SAY_EN = (
    "(?:write|answer|reply|say|state|add|tell|print|include|replace|claim|act|do not|don't|never|"
    "always)"
)
_ABOUT_EN = r"(?:that|the reader|the user|answer|source|instructions?|rules|prompt|link|quote|\[\d)"
_MODEL_AR = "(?:نموذج|مساعد|ذكا الاصطناعي|بوت|روبوت|نظام الالي|راوي|برنامج الذي يقرا)"
_MODEL_EN = (
    r"(?:assistants?|language models?|ai(?: models?| systems?| agents?)?|llms?|chat ?bots?|bots?|"
    r"chatgpt|rawi|gpt)"
)
_CLAUSE = r"(?:^|[:.!،,؛;\-*>»\"(\]]\s*|#\s+)"  # what has a # right before it is a tag
_ORDERS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_CLAUSE}(?:من فضلك )?{_SAY_AR}\b",
        rf"{_CLAUSE}{_MAY_SAY_AR}{_BETWEEN_AR} {_ABOUT_AR}",
        rf"{_CLAUSE}{_MAY_SAY_AR}\b.{{0,40}}{_ONLY_ABOUT_AR}",
        rf"{_CLAUSE}(?:please |now |just |then )?{_SAY_EN}\b",
        rf"{_CLAUSE}(?:please |now |just |then )?{_MAY_SAY_EN}\b.{{0,40}}\b{_ABOUT_EN}\b",
        rf"(?:يجب|عليك|ينبغي|المطلوب|مطلوب|الرجا|رجا)\b.{{0,20}}\b{_SAY_AR}\b",
        rf"(?:must|should|have to|need to|are to)\s+(?:only |always )?(?:{_SAY_EN}|{_MAY_SAY_EN})"
        r"\b.*\b(?:answer|sources?|instructions?|\[\d|prompt)\b",
        rf"{_IGNORE_AR}.{{0,40}}\b(?:ما سبق|{_RULES_AR}[كي]\b"
        rf"|(?:ال)?{_RULES_AR} (?:السابقه|اعلاه|الاصليه|التي (?:اعطيت|تلقيت|سبقت|وردت)))",
        rf"{_IGNORE_AR} (?:كل|جميع) ال{_RULES_AR}\b",
        r"\b(?:ignore|forget|disregard|override|bypass)\b.{0,40}(?:\b(?:previous|prior|earlier|above"
        r"|your|these|those|all|any)\b.{0,20}\b(?:instruction|rule|prompt)|\bthe above\b)",
        rf"(?:\b(?:ايها|ايتها|يا)|\b(?:ملاحظه|رساله|تعليمات|توجيه)[:\s]+(?:الي|ل))\s*(?:ال|ل)?"
        rf"{_MODEL_AR}\b",
        rf"{_CLAUSE}(?:dear|attention|hey|hello)\b.{{0,20}}\b{_MODEL_EN}\b",
        rf"\b(?:note to|message (?:to|for)|instructions? (?:to|for))\b.{{0,20}}\b{_MODEL_EN}\b",
        r"(?:\bانت الان\b|\byou are now\b|\bfrom now on,? you\b)",
        rf"\bمن الان فصاعدا[،,]? ?(?:انت|عليك|{_SAY_AR}|رد|تحدث|استخدم"
        r"|(?:لا|يجب ان|سوف|س) ?(?:تجب|تجيب|تذكر|تستشهد|تكتب|تقل|تقول|ترد))\b",
        # The name of a role before what it says, or within a model's brackets.
        rf"{_CLAUSE}(?:system|assistant|user|human|developer|النظام|المستخدم)\s*"
        r"(?:prompt|message)?\s*:",
        r"(?:^|\W)(?:system|assistant|user|human|developer|inst|النظام|المستخدم)\s*"
        r"(?:prompt|message)?\s*(?:[\]>|]|‹)",
        r"(?:im_start|im_end|endoftext|start_of_turn|end_of_turn|\[/?inst\]|<</?sys>>|no_answer)",
        r"</?\s*(?:passage|question|earlier|system|instructions?)\b",
        r"\"(?:role|content)\"\s*:",
        r"(?:الجواب|الاجابه)\s*(?:الصحيح|المطلوب|النهايي|المعتمد)",
        r"(?:the )?(?:correct|right|required|expected) answer\b",
        r"!\[[^\]]*\]\(",
    )
)


_INVISIBLE = re.compile(f"[{INVISIBLE}]")


def is_order(sentence: str) -> bool:
    """Whether a sentence gives orders to a model, or looks like a part of its prompt."""
    plain = normalise(_INVISIBLE.sub("", sentence)).strip(" \t«»\"'*_-")
    return any(pattern.search(plain) for pattern in _ORDERS)


def without_orders(text: str) -> str:
    """``text`` with ``…`` in the place of each sentence that gives orders."""
    kept, at = [], 0
    for start, end in split_sentences(text):
        if is_order(text[start:end]):
            kept += [text[at:start], "…"]
            at = end
    return "".join([*kept, text[at:]])
