"""What the watch notes and tells, and what an authority writes on its sheet."""
