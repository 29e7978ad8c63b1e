"""Pages of the register: what strangers fetch, what those who serve an authority read."""
