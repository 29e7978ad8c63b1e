"""What the pages of this app draw."""
