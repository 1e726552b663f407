"""Articles, a catalogue and a scripted chat model for tests of generation."""

from __future__ import annotations

import json
from typing import Any

from langchain_core.language_models.fake_chat_models import FakeListChatModel

from vectorstore.core.types import Article, Passage

FLOOD = (
    "ضربت السيول قرى وادي القطا فجر الاثنين وجرفت جسرين. "
    "وقال المحافظ سامر الدالي إن الحصيلة ارتفعت إلى 21 قتيلًا وإن البحث مستمر عن المفقودين. "
    "وأُجليت مئات الأسر إلى مدرستين في بلدة تل الريحان."
)
OIL = (
    "بلغت صادرات زيت الزيتون هذا الموسم رقمًا قياسيًا بحسب وزارة الزراعة التي نشرت أرقامها. "
    "وتصدرت أوروبا قائمة الأسواق المستوردة بنسبة كبيرة تلتها دول الخليج ثم بلدان أخرى بعيدة."
)


class Catalogue:
    """The methods of the store's catalogue that generation uses."""

    def __init__(self, *articles: Article) -> None:
        self._articles = {article.id: article for article in sorted(articles, key=lambda a: a.id)}

    def article_ids(self) -> list[str]:
        return list(self._articles)

    def articles_after(self, article_id: str, limit: int) -> list[Article]:
        return [a for a in self._articles.values() if a.id > article_id][:limit]

    def get(self, article_id: str) -> Article | None:
        return self._articles.get(article_id)

    def passages_of(self, article_id: str) -> list[tuple[str, Passage]]:
        text = self._articles[article_id].text
        return [(f"{article_id}:0", Passage(0, 0, len(text), text))]


def article(id: str, title: str, text: str = FLOOD, **more: Any) -> Article:
    return Article(id=id, title=title, text=text, language="ar", metadata=more)


FLOOD_ARTICLE = article(
    "flood", "كارثة مائية تهز محافظة التلال", summary="غرق منطقة كاملة بعد أمطار لم يسبق لها مثيل"
)
OIL_ARTICLE = article(
    "oil", "موسم ذهبي لمعاصر البلاد كلها", OIL, summary="المزارعون يحصدون ثمار عام مطير بامتياز"
)


class Model(FakeListChatModel):
    """Gives scripted replies and records its prompts."""

    prompts: list[str] = []  # noqa: RUF012

    def _call(self, messages: list[Any], *args: Any, **kwargs: Any) -> str:
        self.prompts.append(str(messages[0].content))
        return super()._call(messages, *args, **kwargs)


def written(question: str, answer: str) -> str:
    return json.dumps({"question": question, "answer": answer}, ensure_ascii=False)


def found(answer: str) -> str:
    return json.dumps({"answer": answer}, ensure_ascii=False)
