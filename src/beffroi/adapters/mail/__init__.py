"""E-mail over SMTP: one letter a recipient, that says of itself that a machine sent it and which message it belongs to."""
