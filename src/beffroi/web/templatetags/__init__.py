"""What templates may write: icons, fields, QR codes, browsers' names."""
