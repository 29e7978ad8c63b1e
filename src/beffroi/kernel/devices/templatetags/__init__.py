"""What templates of devices may say."""
