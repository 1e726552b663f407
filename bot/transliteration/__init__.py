"""Arabic typed in Latin letters: Arabizi, and the wrong keyboard layout."""
