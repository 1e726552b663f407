"""Raw updates: one of every kind that python-telegram-bot knows, and ways to damage them."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

USER = {
    "id": 41,
    "is_bot": False,
    "first_name": "قارئة",
    "last_name": "من صور",
    "username": "reader_41",
    "language_code": "ar",
}
PRIVATE = {"id": 41, "type": "private", "first_name": "قارئة"}
GROUP = {"id": -41, "type": "supergroup", "title": "مجموعة", "is_forum": True}
CHANNEL = {"id": -1_001_234_567_890, "type": "channel", "title": "قناة", "username": "news"}
PHOTO = {
    "file_id": "p",
    "file_unique_id": "pu",
    "width": 90,
    "height": 60,
    "file_size": 1000,
}
LOCATION = {"longitude": 35.1, "latitude": 33.2, "live_period": 60}
ADDRESS = {
    "country_code": "LB",
    "state": "",
    "city": "صور",
    "street_line1": "1",
    "street_line2": "",
    "post_code": "1600",
}
ORDER = {
    "name": "قارئة",
    "phone_number": "1",
    "email": "a@example.org",
    "shipping_address": ADDRESS,
}
POLL = {
    "id": "1",
    "question": "ما رأيكم؟",
    "options": [{"persistent_id": "o1", "text": "نعم", "voter_count": 0}],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": True,
    "members_only": False,
}
INCOMPLETE_POLL = {
    "id": "1",
    "question": "ما رأيكم؟",
    "options": [],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
}
"""As an older Bot API server sends it: without fields that python-telegram-bot requires."""
MEMBER = {"status": "member", "user": USER}
GONE = {"status": "kicked", "user": USER, "until_date": 1_600_000_000}
BOOST_SOURCE = {"source": "premium", "user": USER}
EMOJI = {"type": "emoji", "emoji": "👍"}
REPLIED: dict[str, Any] = {
    "message_id": 4,
    "date": 1_600_000_000,
    "chat": PRIVATE,
    "from": {"id": 123456789, "is_bot": True, "first_name": "راوي"},
    "text": "جواب",
    "entities": [{"type": "bold", "offset": 0, "length": 4}],
}
MESSAGE: dict[str, Any] = {
    "message_id": 5,
    "date": 1_600_000_000,
    "edit_date": 1_600_000_009,
    "chat": PRIVATE,
    "from": USER,
    "text": "شكرا",
    "entities": [
        {"type": "text_link", "offset": 0, "length": 2, "url": "https://example.org/"},
        {"type": "text_mention", "offset": 2, "length": 2, "user": USER},
    ],
    "reply_to_message": REPLIED,
    "quote": {"text": "جواب", "position": 0, "is_manual": True},
    "forward_origin": {
        "type": "channel",
        "date": 1_600_000_000,
        "chat": CHANNEL,
        "message_id": 7,
    },
    "link_preview_options": {"url": "https://example.org/", "is_disabled": False},
    "reply_markup": {"inline_keyboard": [[{"text": "زر", "callback_data": "ask:1"}]]},
}
MEDIA: dict[str, Any] = {
    "message_id": 6,
    "date": 1_600_000_000,
    "chat": GROUP,
    "from": USER,
    "sender_chat": CHANNEL,
    "message_thread_id": 3,
    "is_topic_message": True,
    "media_group_id": "album",
    "caption": "صورة",
    "caption_entities": [{"type": "hashtag", "offset": 0, "length": 4}],
    "photo": [PHOTO],
    "document": {
        "file_id": "d",
        "file_unique_id": "du",
        "file_name": "a.pdf",
        "mime_type": "application/pdf",
        "thumbnail": PHOTO,
    },
    "video": {
        "file_id": "v",
        "file_unique_id": "vu",
        "width": 9,
        "height": 9,
        "duration": 2,
    },
    "contact": {"phone_number": "1", "first_name": "م"},
    "location": LOCATION,
    "venue": {"location": LOCATION, "title": "الميناء", "address": "صور"},
    "poll": POLL,
}
POST: dict[str, Any] = {
    "message_id": 8,
    "date": 1_600_000_000,
    "chat": CHANNEL,
    "sender_chat": CHANNEL,
    "author_signature": "المحررة",
    "text": "خبر",
}

CONTENTS: dict[str, Any] = {
    "message": MESSAGE,
    "edited_message": MEDIA,
    "channel_post": POST,
    "edited_channel_post": {**POST, "edit_date": 1_600_000_009},
    "inline_query": {
        "id": "77",
        "from": USER,
        "query": "سؤال",
        "offset": "",
        "chat_type": "sender",
        "location": LOCATION,
    },
    "chosen_inline_result": {
        "result_id": "r",
        "from": USER,
        "query": "سؤال",
        "location": LOCATION,
        "inline_message_id": "i",
    },
    "callback_query": {
        "id": "78",
        "from": USER,
        "message": REPLIED,
        "chat_instance": "1",
        "data": "unknown:1",
    },
    "shipping_query": {
        "id": "79",
        "from": USER,
        "invoice_payload": "p",
        "shipping_address": ADDRESS,
    },
    "pre_checkout_query": {
        "id": "80",
        "from": USER,
        "currency": "USD",
        "total_amount": 100,
        "invoice_payload": "p",
        "order_info": ORDER,
    },
    "poll": POLL,
    "poll_answer": {
        "poll_id": "1",
        "option_ids": [0],
        "option_persistent_ids": ["o1"],
        "user": USER,
        "voter_chat": GROUP,
    },
    "my_chat_member": {
        "chat": GROUP,
        "from": USER,
        "date": 1_600_000_000,
        "old_chat_member": GONE,
        "new_chat_member": MEMBER,
        "invite_link": {
            "invite_link": "https://t.me/+x",
            "creator": USER,
            "creates_join_request": False,
            "is_primary": True,
            "is_revoked": False,
        },
    },
    "chat_member": {
        "chat": GROUP,
        "from": USER,
        "date": 1_600_000_000,
        "old_chat_member": MEMBER,
        "new_chat_member": GONE,
    },
    "chat_join_request": {
        "chat": GROUP,
        "from": USER,
        "user_chat_id": 41,
        "date": 1_600_000_000,
        "bio": "سيرة",
    },
    "message_reaction": {
        "chat": PRIVATE,
        "message_id": 5,
        "user": USER,
        "date": 1_600_000_000,
        "old_reaction": [EMOJI],
        "new_reaction": [EMOJI, {"type": "custom_emoji", "custom_emoji_id": "1"}],
    },
    "message_reaction_count": {
        "chat": GROUP,
        "message_id": 5,
        "date": 1_600_000_000,
        "reactions": [{"type": EMOJI, "total_count": 2}],
    },
    "chat_boost": {
        "chat": GROUP,
        "boost": {
            "boost_id": "b",
            "add_date": 1_600_000_000,
            "expiration_date": 1_700_000_000,
            "source": BOOST_SOURCE,
        },
    },
    "removed_chat_boost": {
        "chat": GROUP,
        "boost_id": "b",
        "remove_date": 1_600_000_000,
        "source": BOOST_SOURCE,
    },
    "business_connection": {
        "id": "c",
        "user": USER,
        "user_chat_id": 41,
        "date": 1_600_000_000,
        "is_enabled": True,
        "rights": {"can_reply": True},
    },
    "business_message": {**POST, "chat": PRIVATE, "business_connection_id": "c"},
    "edited_business_message": {**POST, "chat": PRIVATE, "business_connection_id": "c"},
    "deleted_business_messages": {
        "business_connection_id": "c",
        "chat": PRIVATE,
        "message_ids": [5, 6],
    },
    "purchased_paid_media": {"from": USER, "paid_media_payload": "p"},
    "managed_bot": {"user": USER, "bot": {"id": 42, "is_bot": True, "first_name": "راوي"}},
    "guest_message": {**POST, "chat": GROUP, "guest_query_id": "g"},
}
"""The content of an update, per kind."""

OTHER_VALUES: list[Any] = [
    None,
    True,
    -7,
    2.5,
    10**30,
    "",
    "نص",
    [],
    [None],
    ["x"],
    {},
    {"unknown": [1]},
]
"""What is put in the place of a field."""
Path = tuple[str | int, ...]


def raw_update(kind: str, update_id: int = 1) -> dict[str, Any]:
    """A whole update of this kind, as Telegram sends it."""
    return {"update_id": update_id, kind: copy.deepcopy(CONTENTS[kind])}


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Where something stands in ``value``, at every depth."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield (*at, key)
        yield from paths(item, (*at, key))


def damaged(raw: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """``raw`` with one damage each: a field missing, replaced, or with an unknown neighbour."""
    for path in paths(raw):
        yield _without(raw, path)
        for value in OTHER_VALUES:
            yield _with(raw, path, value)
        yield _with(raw, (*path[:-1], "unknown_field"), {"a": [1, "ب"]})


def damaged_often(kind: str, number: int) -> dict[str, Any]:
    """An update with two to five damages, the same ones for the same ``number``."""
    chance = random.Random(f"{kind} {number}")  # noqa: S311
    raw = raw_update(kind)
    for _ in range(chance.randint(2, 5)):
        left = [*paths(raw)]
        if not left:
            break
        path = chance.choice(left)
        if chance.random() < 0.3:
            raw = _without(raw, path)
        else:
            raw = _with(raw, path, copy.deepcopy(chance.choice(OTHER_VALUES)))
    return raw


def _without(raw: dict[str, Any], path: Path) -> dict[str, Any]:
    changed = copy.deepcopy(raw)
    del _holder(changed, path)[path[-1]]
    return changed


def _with(raw: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(raw)
    holder = _holder(changed, path)
    if isinstance(holder, list) and isinstance(path[-1], str):
        holder.append(value)
    else:
        holder[path[-1]] = value
    return changed


def _holder(raw: Any, path: Path) -> Any:
    for key in path[:-1]:
        raw = raw[key]
    return raw
