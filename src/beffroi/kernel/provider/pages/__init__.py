"""Log-in and log-out by the provider, one's own tie, and what an administrator says of its values."""
