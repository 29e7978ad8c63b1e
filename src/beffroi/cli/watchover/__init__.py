"""A second host that hears whether towns live, and tells people when one no longer does: no Django, no database."""
