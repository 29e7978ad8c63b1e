"""What the installation looks at, what is wrong since when, and what stands on a town's sheet."""
