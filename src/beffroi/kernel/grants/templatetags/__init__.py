"""What templates of grants may say."""
