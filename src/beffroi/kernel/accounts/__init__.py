"""People and how they prove who they are: passkey, one-time code, password with limits. Each change of a credential is an entry."""
