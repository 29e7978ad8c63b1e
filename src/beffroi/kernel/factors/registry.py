"""The entry that this app leaves."""

from django.utils.translation import gettext_lazy as _

from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind


def register_own() -> None:
    """Called once, when the application is ready."""
    register_kind(
        RegisterKind(
            "factor.demanded",
            _(
                "An authority said of which `role` a second factor is demanded, and from when; of nobody, it is taken back."
            ),
            {"role": FieldType.CODE, "starts": FieldType.TIMESTAMP},
            optional=frozenset({"starts"}),
            lasting=True,
        )
    )
