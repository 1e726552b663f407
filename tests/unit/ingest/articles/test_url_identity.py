from __future__ import annotations

from typing import Any

from ingest.articles.url_identity import is_interstitial, same_story
from vectorstore.core.types import Article

STORY = "أعلنت البلدية أن الجسر الجديد سيفتح أمام السيارات في الربيع بعد عامين من الأشغال"


def article(text: str = STORY, title: str = "", **fields: Any) -> Article:
    return Article(id="a", title=title, text=text, **fields)


def test_articles_are_one_story_by_their_title_or_by_half_of_their_trigrams() -> None:
    assert same_story(article("نص أول", "افتتاح الجسر"), article("نص آخر", "إفتتاح الجسر"))
    assert same_story(article(), article(f"{STORY} وقالت إن كلفته بلغت أربعين مليونا"))
    assert not same_story(article(), article("فاز منتخب الشراع بذهبية البحر المتوسط أمس"))
    assert not same_story(article("جسر"), article("جسر"))  # too short to compare


def test_a_login_page_lacks_the_date_that_the_sites_articles_have() -> None:
    known = article(metadata={"date_from": "json-ld"})
    login = article("سجل الدخول لمتابعة القراءة في هذا الموقع الإخباري")
    assert is_interstitial(login, known)
    assert not is_interstitial(article(login.text, metadata={"date_from": "meta"}), known)
    assert not is_interstitial(article(f"{STORY} وأضافت"), known)
    assert not is_interstitial(login, article(metadata={"date_from": "text"}))
