"""What is read, by viewer; and what anybody may read in law."""
