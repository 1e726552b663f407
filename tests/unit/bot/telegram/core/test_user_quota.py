"""Rate limits for questions."""

from __future__ import annotations

from bot.telegram.core.user_quota import RateQuota


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_user_may_ask_again_a_minute_later() -> None:
    clock = Clock()
    quota = RateQuota(2, 100, clock)
    assert [quota.take(1) for _ in range(3)] == ["yes", "yes", "user_rate"]
    assert quota.take(2) == "yes"
    clock.now = 60.0
    assert quota.take(1) == "yes"


def test_all_users_together_have_a_limit() -> None:
    quota = RateQuota(10, 3, Clock())
    assert [quota.take(user) for user in range(4)] == ["yes"] * 3 + ["total_rate"]


def test_checking_the_quota_does_not_count() -> None:
    clock = Clock()
    quota = RateQuota(1, 2, clock)
    assert [quota.check(1) for _ in range(3)] == ["yes"] * 3
    assert quota.take(1) == "yes"
    assert quota.check(1) == "user_rate"
    assert quota.take(2) == "yes"
    assert quota.check(3) == "total_rate"
    clock.now = 60.0
    assert quota.check(1) == "yes"


def test_a_user_is_notified_once_a_minute() -> None:
    clock = Clock()
    quota = RateQuota(1, 1, clock)
    assert [quota.should_notify(1), quota.should_notify(1), quota.should_notify(2)] == [
        True,
        False,
        True,
    ]
    clock.now = 61.0
    assert quota.should_notify(1)
