"""Words of alerts, for templates."""
