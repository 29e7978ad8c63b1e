"""Media files that people send: a folder that keeps them whole, and a seal for the ones that nobody may look at without a grant."""
