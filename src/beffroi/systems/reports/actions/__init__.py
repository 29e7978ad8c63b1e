"""The only place that writes reports, their clocks, their photos and their threads."""
