"""The only place that writes cabinets, their orders, their uses and what happens to their doors."""
