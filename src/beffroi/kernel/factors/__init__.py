"""An authority says who logs in with a second factor, and from when; whoever has none then adds one before anything else."""
