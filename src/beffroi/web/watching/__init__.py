"""What those who watch the installation read: a line and a count for each request, and measures of everything else."""
