"""What templates of video may say."""
