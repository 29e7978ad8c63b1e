"""The virtual town: worlds and people that drive edge programs and the public interfaces."""
