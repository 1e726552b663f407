"""One script typed in another: Arabizi, the wrong keyboard layout, names of sources."""
