"""Making, verifying, restoring and trying backups (docs/spec/backup.md)."""
