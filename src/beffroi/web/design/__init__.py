"""The living page of the design language: what docs/developers/design.md shows, as it really renders, with its markup to copy."""
