"""Django without a domain word: acts and their write guard, authority-scoped rows, claims, reservations, roles."""
