"""What a message means in its conversation: intent, follow-ups, choices, small talk."""
