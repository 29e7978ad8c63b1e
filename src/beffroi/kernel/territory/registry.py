"""Entries that this app leaves. Organisations and memberships are the installation's; an authority's own start is in its log."""

from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind


def register_kinds() -> None:
    """Called once, when the application is ready."""
    register_kind(
        RegisterKind(
            "authority.created",
            "An authority's part of the installation began.",
            {"authority": FieldType.UUID},
            lasting=True,
        )
    )
    register_kind(
        RegisterKind(
            "organisation.created",
            "An organisation was registered.",
            {"organisation": FieldType.UUID, "kind": FieldType.CODE, "serves": FieldType.UUID},
            optional=frozenset({"serves"}),
            lasting=True,
        )
    )
    register_kind(
        RegisterKind(
            "membership.began",
            "A person took a role in an organisation.",
            {
                "membership": FieldType.UUID,
                "person": FieldType.UUID,
                "organisation": FieldType.UUID,
                "role": FieldType.CODE,
            },
        )
    )
    register_kind(
        RegisterKind(
            "membership.ended",
            "A person's role in an organisation ended or will end.",
            {"membership": FieldType.UUID, "person": FieldType.UUID, "ends": FieldType.TIMESTAMP},
        )
    )
