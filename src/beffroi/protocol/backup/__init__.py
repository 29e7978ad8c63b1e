"""What a backup says of itself: its manifest, its catalogue of objects, and which backups are kept (docs/spec/backup.md)."""
