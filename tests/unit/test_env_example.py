"""``.env.example`` lists every setting with its default.

``python -m tests.unit.test_env_example`` writes it.
"""

from __future__ import annotations

import textwrap
from importlib import import_module
from pathlib import Path

from pydantic import SecretStr

from vectorstore.core.settings import RawiSettings

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "The store": "vectorstore.core.settings:StoreSettings",
    "Ingest": "ingest.core.settings:IngestSettings",
    "Answers": "bot.core.settings:BotSettings",
    "Composed answers": "bot.core.settings:LLMSettings",
    "Evaluation": "evaluation.core.settings:EvaluationSettings",
    "Telegram": "bot.telegram.core.settings:TelegramSettings",
}
INTRO = """\
# Rawi's settings. Copy this file to .env and uncomment what you change; the values shown are the
# defaults. Real environment variables win over .env. Nothing here is needed for a first try.
"""


def settings_classes() -> dict[str, type[RawiSettings]]:
    found = {}
    for heading, where in SETTINGS.items():
        module, _, name = where.partition(":")
        if (ROOT / f"{module.replace('.', '/')}.py").exists():
            found[heading] = getattr(import_module(module), name)
    return found


def rendered() -> str:
    lines = [INTRO]
    for heading, settings in settings_classes().items():
        lines.append(f"# ---- {heading} {'-' * (88 - len(heading))}\n")
        for variable, name in settings.variables().items():
            field = settings.model_fields[name]
            default = None if field.default_factory else field.default
            if isinstance(default, SecretStr):
                default = default.get_secret_value()
            assert field.description, f"{variable} says nothing of itself"
            lines += [f"# {line}" for line in textwrap.wrap(field.description, 96)]
            if isinstance(default, (tuple, list, set, frozenset)):
                default = ",".join(map(str, default))
            lines.append(f"# {variable}={'' if default is None else default}\n")
    return "\n".join(lines)


def test_every_setting_stands_in_the_example_with_its_default() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == rendered(), (
        "write it: python -m tests.unit.test_env_example"
    )


if __name__ == "__main__":
    (ROOT / ".env.example").write_text(rendered(), encoding="utf-8")
