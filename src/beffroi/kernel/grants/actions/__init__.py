"""The only places that write conventions, rights, phones and keys."""
