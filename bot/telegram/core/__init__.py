"""Settings, logs, metrics, database, queues and rate limits of the bot."""
