"""What people fill in about cameras."""
