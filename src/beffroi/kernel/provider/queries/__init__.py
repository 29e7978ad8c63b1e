"""The provider, what it says in our words, and which sessions began by it."""
