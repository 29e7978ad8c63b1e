"""Small things with no domain and no Django."""
