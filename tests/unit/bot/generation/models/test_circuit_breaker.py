from __future__ import annotations

from bot.generation.models.circuit_breaker import CircuitBreaker


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_opens_after_consecutive_failures() -> None:
    breaker = CircuitBreaker(3, 60, clock=Clock())
    for _ in range(2):
        assert breaker.allows_request()
        breaker.record_failure()
    assert breaker.allows_request()
    breaker.record_success()
    for _ in range(3):
        assert breaker.allows_request()
        breaker.record_failure()
    assert not breaker.allows_request()


def test_allows_one_request_after_the_cooldown() -> None:
    clock = Clock()
    breaker = CircuitBreaker(1, 60, clock=clock)
    breaker.record_failure()
    clock.now += 59
    assert not breaker.allows_request()
    clock.now += 1
    assert breaker.allows_request()
    assert not breaker.allows_request(), "others wait for its outcome"
    breaker.record_success()
    assert breaker.allows_request()
    assert breaker.allows_request()


def test_a_failure_when_half_open_restarts_the_cooldown() -> None:
    clock = Clock()
    breaker = CircuitBreaker(1, 60, clock=clock)
    breaker.record_failure()
    clock.now += 60
    assert breaker.allows_request()
    breaker.record_failure()
    clock.now += 59
    assert not breaker.allows_request()
