"""``rawi doctor --benchmark`` says what this machine gives."""

from __future__ import annotations

import json

from tests.integration.conftest import Typed


def test_doctor_measures_embedding_and_names_the_engine(typed: Typed) -> None:
    findings = {f["name"]: f for f in json.loads(typed("doctor", "--benchmark", "--json").stdout)}
    figures = findings["benchmark"]["figures"]
    assert figures["engine"] in ("openvino-int8", "sentence-transformers")
    assert figures["engine"] in findings["benchmark"]["message"]
    assert figures["passages_per_second"] > 0 and figures["query_ms"] > 0
    assert 5 < figures["gflop_per_passage"] < 30
    assert "passages of 200 words a second" in findings["benchmark"]["message"]
    assert "figures" not in findings["model"]
