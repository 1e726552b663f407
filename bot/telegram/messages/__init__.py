"""Formatting, splitting, rendering and sending of messages."""
