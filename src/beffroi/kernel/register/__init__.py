"""The register: one append-only, tamper-evident log for each authority, and one for the installation.

Promises: every act that changes a right, uses one (admitted or refused), decides, moves a promise's clock or destroys
leaves one entry, in the act's own transaction; it is sequenced, published and provable within a second; what was said
about a person can be erased without breaking a proof; a stranger checks a receipt with no access to this server.
The normative text is docs/spec/register.md.
"""
