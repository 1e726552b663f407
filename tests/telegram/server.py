"""A Bot API server to test against: real HTTP, strict about what Telegram is strict about.

It knows the methods that the bot uses and refuses parameters that they do not have, formatting
that does not fit its text, texts, buttons and callback answers that are too long, and chats that
are not there. It keeps a transcript, hands out updates by long polling or to a webhook, and fails
on demand.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import tornado.httpclient
import tornado.httpserver
import tornado.iostream
import tornado.netutil
import tornado.web
from tornado.httputil import HTTPServerRequest

TOKEN = "123456789:TEST-token_of-the_test-server_0123456789"  # noqa: S105
BOT = {"id": 123456789, "is_bot": True, "first_name": "راوي", "username": "rawi_test_bot"}

_SEND = {"chat_id", "message_thread_id", "reply_parameters", "reply_markup"}
_TEXT = {"text", "entities", "parse_mode", "link_preview_options"}
PARAMETERS: dict[str, set[str]] = {
    "getMe": set(),
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "setWebhook": {"url", "secret_token", "allowed_updates", "max_connections"},
    "deleteWebhook": {"drop_pending_updates"},
    "setMyCommands": {"commands", "scope", "language_code"},
    "deleteMyCommands": {"scope", "language_code"},
    "sendMessage": _SEND | _TEXT,
    "sendMessageDraft": {"chat_id", "message_thread_id", "draft_id", "text", "entities"},
    "editMessageText": _TEXT | {"chat_id", "message_id", "reply_markup"},
    "deleteMessage": {"chat_id", "message_id"},
    "sendChatAction": {"chat_id", "message_thread_id", "action"},
    "answerCallbackQuery": {"callback_query_id", "text", "show_alert", "url", "cache_time"},
    "answerInlineQuery": {
        "inline_query_id", "results", "cache_time", "is_personal", "next_offset", "button",
    },
    "getFile": {"file_id"},
}  # fmt: skip
ENTITY_KINDS = {
    "bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link",
    "text_mention", "blockquote", "expandable_blockquote",
}  # fmt: skip


class Refused(Exception):
    """What the server says no to."""

    def __init__(self, description: str, status: int = 400, **parameters: Any) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


@dataclass
class Call:
    """One call of the bot."""

    method: str
    params: dict[str, Any]
    at: float
    status: int = 0
    result: Any = None
    description: str = ""

    @property
    def text(self) -> str:
        return str(self.params.get("text", ""))


@dataclass
class Fault:
    """What happens to the next ``times`` calls of ``method`` instead of what should."""

    method: str
    times: int = 1
    status: int = 0
    description: str = "injected"
    delay: float = 0.0
    drop: bool = False
    chat: int | None = None
    parameters: dict[str, Any] = field(default_factory=dict)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class BotApi:
    """The server, in a thread of its own. Its public methods may be called from the test's."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.chats: dict[int, dict[str, Any]] = {}
        self.blocked: set[int] = set()
        self.files: dict[str, bytes] = {}
        self.bodies: list[str] = []
        """What ``getUpdates`` answers next, instead of what it should."""
        self.messages: dict[tuple[int, int], dict[str, Any]] = {}
        self.commands: dict[tuple[str | int, str], list[str]] = {}
        """Names per scope (a chat's id for the scope of a chat) and language code."""
        self.webhook: dict[str, Any] | None = None
        self.ids = itertools.count(1000)
        self.update_ids = itertools.count(500_000)
        self._updates: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._poller = 0
        self._wake: asyncio.Event | None = None
        self._loop = asyncio.new_event_loop()
        self.port = 0
        started = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(120)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._wake = asyncio.Event()
        routes = [
            (r"/bot([^/]+)/(\w+)", _Method, {"api": self}),
            (r"/file/bot([^/]+)/(.+)", _File, {"api": self}),
        ]
        server = tornado.httpserver.HTTPServer(
            tornado.web.Application(routes, log_function=lambda handler: None)
        )
        sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
        self.port = sockets[0].getsockname()[1]
        server.add_sockets(sockets)
        self._loop.call_soon(started.set)
        self._loop.run_forever()

    # -- what a test does ---------------------------------------------------------------------

    def fail(self, method: str, **fault: Any) -> None:
        self.faults.append(Fault(method, **fault))

    def push(self, update: dict[str, Any], *, update_id: int | None = None) -> int:
        """Let something happen on Telegram; the update's id."""
        number = next(self.update_ids) if update_id is None else update_id
        self._push({"update_id": number, **update})
        return number

    def push_raw(self, whole: Any) -> None:
        """Hand out anything at all as an update."""
        self._push(whole)

    def _push(self, whole: Any) -> None:
        if self.webhook is not None:
            self._loop.call_soon_threadsafe(
                lambda: self._loop.create_task(self._deliver(whole, dict(self.webhook or {})))
            )
            return
        with self._changed:
            self._updates.append(whole)
        self._loop.call_soon_threadsafe(self._poke)

    def wait(
        self, found: Callable[[list[Call]], Any], *, since: int = 0, timeout: float = 240.0
    ) -> Any:
        """The first true value of ``found(calls)``."""
        end = time.monotonic() + timeout
        with self._changed:
            while True:
                value = found(self.calls[since:])
                if value:
                    return value
                left = end - time.monotonic()
                if left <= 0:
                    shown = "\n".join(
                        f"  {c.method} {c.status} {c.description} {c.text[:80]!r}"
                        for c in self.calls[since:]
                        if c.method != "getUpdates"
                    )
                    raise AssertionError(f"nothing of the kind within {timeout} s; calls:\n{shown}")
                self._changed.wait(min(left, 0.5))

    def of(self, method: str, since: int = 0) -> list[Call]:
        return [c for c in self.calls[since:] if c.method == method]

    # -- inside -------------------------------------------------------------------------------

    def _poke(self) -> None:
        assert self._wake is not None
        self._wake.set()
        self._wake = asyncio.Event()

    async def _deliver(self, update: Any, webhook: dict[str, Any]) -> None:
        client = tornado.httpclient.AsyncHTTPClient()
        for _ in range(200):
            response = await client.fetch(
                webhook["url"],
                method="POST",
                body=json.dumps(update),
                headers={"X-Telegram-Bot-Api-Secret-Token": webhook.get("secret_token", "")},
                raise_error=False,
            )
            if response.code == 200:
                return
            await asyncio.sleep(0.3)

    async def handle(self, method: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        call = Call(method, params, time.time())
        with self._changed:
            self.calls.append(call)
        try:
            await self._fault(method, params.get("chat_id"))
            unknown = set(params) - PARAMETERS.get(method, set(params))
            if method not in PARAMETERS:
                raise Refused("Not Found: method not found", 404)
            if unknown:
                raise Refused(f"Bad Request: unknown parameters {sorted(unknown)}")
            result = getattr(self, f"_{method}")(params)
            call.result = await result if asyncio.iscoroutine(result) else result
            call.status = 200
            body: dict[str, Any] = {"ok": True, "result": call.result}
        except Refused as no:
            call.status, call.description = no.status, no.description
            body = {"ok": False, "error_code": no.status, "description": no.description}
            if no.parameters:
                body["parameters"] = no.parameters
        with self._changed:
            self._changed.notify_all()
        return call.status, body

    async def _fault(self, method: str, chat: Any) -> None:
        fault = next(
            (
                f
                for f in self.faults
                if f.method == method and f.times > 0 and f.chat in (None, chat)
            ),
            None,
        )
        if fault is None:
            return
        fault.times -= 1
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.drop:
            raise Refused("dropped", -1)
        if fault.status:
            raise Refused(fault.description, fault.status, **fault.parameters)

    def _getMe(self, params: dict[str, Any]) -> Any:
        return {**BOT, "can_join_groups": True, "supports_inline_queries": True}

    async def _getUpdates(self, params: dict[str, Any]) -> Any:
        if self.webhook is not None:
            raise Refused("Conflict: can't use getUpdates method while webhook is active", 409)
        offset, timeout = int(params.get("offset", 0)), float(params.get("timeout", 0))
        with self._changed:
            self._updates = [u for u in self._updates if _number(u) >= offset]
        self._poller += 1
        mine = self._poller
        self._poke()  # whoever else is polling finds out that it is not alone
        end = time.monotonic() + timeout
        while True:
            if self._poller != mine:
                raise Refused("Conflict: terminated by other getUpdates request", 409)
            if self._updates or time.monotonic() >= end:
                return list(self._updates[:100])
            assert self._wake is not None
            wake = self._wake
            try:
                await asyncio.wait_for(wake.wait(), max(end - time.monotonic(), 0.01))
            except TimeoutError:
                continue

    def _setWebhook(self, params: dict[str, Any]) -> Any:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", params.get("secret_token", "x")):
            raise Refused("Bad Request: secret token contains unallowed characters")
        self.webhook = params
        return True

    def _deleteWebhook(self, params: dict[str, Any]) -> Any:
        self.webhook = None
        return True

    def _setMyCommands(self, params: dict[str, Any]) -> Any:
        scope = params.get("scope", {"type": "default"})
        if "chat_id" in scope:
            self._chat(scope["chat_id"])
        for command in params["commands"]:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise Refused("Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise Refused("Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        key = (scope.get("chat_id", scope["type"]), params.get("language_code", ""))
        self.commands[key] = [c["command"] for c in params["commands"]]
        return True

    def _deleteMyCommands(self, params: dict[str, Any]) -> Any:
        scope = params.get("scope", {"type": "default"})
        key = (scope.get("chat_id", scope["type"]), params.get("language_code", ""))
        self.commands.pop(key, None)
        return True

    def _sendMessage(self, params: dict[str, Any]) -> Any:
        chat = self._chat(params["chat_id"])
        check_text(params["text"], params.get("entities", []))
        check_buttons(params.get("reply_markup"))
        reply = params.get("reply_parameters")
        replied = reply and self.messages.get((chat["id"], reply["message_id"]))
        if reply and not replied and not reply.get("allow_sending_without_reply"):
            raise Refused("Bad Request: message to be replied not found")
        quote = (reply or {}).get("quote", "")
        if replied and (units(quote) > 1024 or quote not in replied.get("text", "")):
            raise Refused("Bad Request: QUOTE_TEXT_INVALID")
        message = {
            "message_id": next(self.ids),
            "date": int(time.time()),
            "chat": chat,
            "from": BOT,
            "text": params["text"],
            "entities": params.get("entities", []),
        }
        if params.get("message_thread_id"):
            message |= {"message_thread_id": params["message_thread_id"], "is_topic_message": True}
        if params.get("reply_markup"):
            message["reply_markup"] = params["reply_markup"]
        self.messages[(chat["id"], message["message_id"])] = message
        return message

    def _sendMessageDraft(self, params: dict[str, Any]) -> Any:
        chat = self._chat(params["chat_id"])
        if chat["type"] != "private":
            raise Refused("Bad Request: drafts are for private chats only")
        if not int(params.get("draft_id", 0)):
            raise Refused("Bad Request: DRAFT_ID_INVALID")
        if params.get("text"):
            check_text(params["text"], params.get("entities", []))
        return True

    def _editMessageText(self, params: dict[str, Any]) -> Any:
        chat = self._chat(params["chat_id"])
        message = self.messages.get((chat["id"], int(params["message_id"])))
        if message is None:
            raise Refused("Bad Request: message to edit not found")
        if message["from"]["id"] != BOT["id"]:
            raise Refused("Bad Request: message can't be edited")
        check_text(params["text"], params.get("entities", []))
        check_buttons(params.get("reply_markup"))
        new = (params["text"], params.get("entities", []), params.get("reply_markup"))
        if new == (message["text"], message["entities"], message.get("reply_markup")):
            raise Refused("Bad Request: message is not modified")
        message["text"], message["entities"], message["reply_markup"] = new
        return {k: v for k, v in message.items() if v is not None}

    def _deleteMessage(self, params: dict[str, Any]) -> Any:
        if self.messages.pop((int(params["chat_id"]), int(params["message_id"])), None) is None:
            raise Refused("Bad Request: message to delete not found")
        return True

    def _sendChatAction(self, params: dict[str, Any]) -> Any:
        self._chat(params["chat_id"])
        if params["action"] not in {"typing", "upload_document"}:
            raise Refused("Bad Request: wrong parameter action in request")
        return True

    def _answerCallbackQuery(self, params: dict[str, Any]) -> Any:
        if units(params.get("text", "")) > 200:
            raise Refused("Bad Request: MESSAGE_TOO_LONG")
        return True

    def _answerInlineQuery(self, params: dict[str, Any]) -> Any:
        results = params["results"]
        if len(results) > 50 or len({r["id"] for r in results}) != len(results):
            raise Refused("Bad Request: RESULT_ID_DUPLICATE")
        for result in results:
            if not result.get("title") or len(result["id"].encode()) > 64:
                raise Refused("Bad Request: can't parse inline query result")
            content = result["input_message_content"]
            check_text(content["message_text"], content.get("entities", []))
        return True

    def _getFile(self, params: dict[str, Any]) -> Any:
        if params["file_id"] not in self.files:
            raise Refused("Bad Request: wrong file_id or the file is temporarily unavailable")
        return {
            "file_id": params["file_id"],
            "file_unique_id": params["file_id"],
            "file_size": len(self.files[params["file_id"]]),
            "file_path": f"documents/{params['file_id']}",
        }

    def _chat(self, chat_id: Any) -> dict[str, Any]:
        chat = self.chats.get(int(chat_id))
        if chat is None:
            raise Refused("Bad Request: chat not found")
        if chat["id"] in self.blocked:
            raise Refused("Forbidden: bot was blocked by the user", 403)
        return chat


def check_text(text: str, entities: list[dict[str, Any]]) -> None:
    """Refuse what Telegram refuses, and what it would silently change or ignore."""
    if not text.strip():
        raise Refused("Bad Request: message text is empty")
    if text != text.strip():
        raise Refused("Bad Request: blanks at the ends would be cut off and shift the formatting")
    if re.search("[\x00-\x08\x0b-\x1f\u2028-\u202e]", text):
        raise Refused("Bad Request: characters that would be removed and shift the formatting")
    if units(text) > 4096:
        raise Refused("Bad Request: message is too long")
    if len(entities) > 100:
        raise Refused("Bad Request: entities beyond the hundredth would be ignored")
    encoded = text.encode("utf-16-le")
    spans = []
    for entity in entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if entity["type"] not in ENTITY_KINDS:
            raise Refused("Bad Request: unsupported MessageEntity type")
        if not 0 <= start < end <= units(text):
            raise Refused("Bad Request: ENTITY_BOUNDS_INVALID")
        try:
            encoded[2 * start : 2 * end].decode("utf-16-le")
        except UnicodeDecodeError:
            raise Refused("Bad Request: an entity tears a surrogate pair") from None
        if entity["type"] == "text_link" and not entity.get("url", "").startswith("http"):
            raise Refused("Bad Request: wrong URL in a text_link")
        spans.append((start, end, entity["type"]))
    for (a, b, _), (c, d, _) in itertools.combinations(spans, 2):
        if a < c < b < d or c < a < d < b:
            raise Refused("Bad Request: entities overlap")


def check_buttons(markup: Any) -> None:
    for row in (markup or {}).get("inline_keyboard", []):
        for button in row:
            if not button.get("text"):
                raise Refused("Bad Request: text buttons are unallowed in the inline keyboard")
            if not 1 <= len(button.get("callback_data", "").encode()) <= 64:
                raise Refused("Bad Request: BUTTON_DATA_INVALID")


class _Method(tornado.web.RequestHandler):
    def initialize(self, api: BotApi) -> None:
        self.api = api

    async def post(self, token: str, method: str) -> None:
        if token != TOKEN:
            self.set_status(401)
            self.write({"ok": False, "error_code": 401, "description": "Unauthorized"})
            return
        if method == "getUpdates" and self.api.bodies:
            await self.finish(self.api.bodies.pop(0))
            return
        status, body = await self.api.handle(method, _parameters(self.request))
        if status == -1:
            self.detach().close()
            return
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        with contextlib.suppress(tornado.iostream.StreamClosedError):  # the bot was killed
            await self.finish(json.dumps(body))


class _File(tornado.web.RequestHandler):
    def initialize(self, api: BotApi) -> None:
        self.api = api

    async def get(self, token: str, path: str) -> None:
        try:
            await self.api._fault("download", None)
        except Refused as no:
            if no.status == -1:
                self.detach().close()
            else:
                self.set_status(no.status)
            return
        content = self.api.files.get(path.removeprefix("documents/"))
        if token != TOKEN or content is None:
            self.set_status(404)
            return
        self.write(content)


def _number(update: Any) -> int:
    """The id of an update; without one, a number that no offset moves past."""
    number = update.get("update_id") if isinstance(update, dict) else None
    if isinstance(number, int) and not isinstance(number, bool) and number >= 0:
        return number
    return 2**64


def _parameters(request: HTTPServerRequest) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (*_, value) in request.body_arguments.items():
        text = value.decode()
        if name in {"text", "url", "secret_token", "language_code", "action"} or "_id" in name:
            found[name] = int(text) if re.fullmatch(r"-?\d+", text) and "_id" in name else text
            continue
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found
