"""Pages of the counter: the desk, the mandate in hand, and what a person sees afterwards."""
