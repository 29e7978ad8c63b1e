"""A folder of backups: age files, tars inside them, objects that backups share (docs/spec/backup.md)."""
