"""Chat models: providers, calls with retries and deadlines, cache, circuit breaker."""
