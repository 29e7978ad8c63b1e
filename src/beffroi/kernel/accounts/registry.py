"""Entries that this app leaves. Logs are the installation's: people belong to it, not to one authority."""

from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind

CREDENTIALS = ("password", "passkey", "totp", "recovery-codes")


def register_kinds() -> None:
    """Called once, when the application is ready."""
    register_kind(
        RegisterKind("person.created", "A person received an account.", {"person": FieldType.UUID}),
    )
    register_kind(
        RegisterKind(
            "credential.changed",
            "A person added, replaced or removed a way to log in.",
            {"person": FieldType.UUID, "credential": FieldType.CODE, "change": FieldType.CODE},
        )
    )
