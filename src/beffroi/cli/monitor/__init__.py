"""What the installation tells those who watch it: measures on a door of their own, and a sign of life to a second host."""
