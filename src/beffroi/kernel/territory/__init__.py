"""Places and the organisations that act there: the tree of territories, authorities, memberships with roles and end dates."""
