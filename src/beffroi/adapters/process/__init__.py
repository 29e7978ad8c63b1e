"""Children of ours: under an unprivileged account where we are root, and never left behind when we are killed."""
