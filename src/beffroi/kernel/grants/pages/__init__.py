"""Pages of conventions, of a firm's team and of its people's phones."""
