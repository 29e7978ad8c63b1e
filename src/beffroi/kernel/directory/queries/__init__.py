"""What is tied to the directory, and what reading it would change."""
