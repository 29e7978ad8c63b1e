"""The only place that writes imports."""
