"""The register's formats and proofs, with no database: entries, Merkle tree, tiles, checkpoints, receipts, exports.

Normative text: docs/spec/register.md. Everything here is version 1 of its format, and says so in the bytes.
"""
