"""The only places that write authorities, organisations, memberships and invitations."""
