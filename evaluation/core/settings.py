"""Settings of the evaluation."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from vectorstore.core.settings import RawiSettings


class EvaluationSettings(RawiSettings):
    """Settings of runs: ``RAWI_EVALUATION_*``."""

    model_config = SettingsConfigDict(env_prefix="RAWI_EVALUATION_")

    jobs: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Questions that a run asks at once. The turns of a conversation always come "
        "one after the other. Latencies are those under this load.",
    )
