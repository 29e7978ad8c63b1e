"""Pages of imports: the way of a list, and what it means by its names."""
