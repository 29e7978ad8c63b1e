"""Programs that run away from the server; they know protocol and lib, nothing else."""
