"""Pages of organisations, of people and their roles, of invitations."""
