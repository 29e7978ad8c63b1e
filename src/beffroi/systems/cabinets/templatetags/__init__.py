"""What templates of cabinets may say."""
