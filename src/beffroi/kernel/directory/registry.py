"""Entries that this app leaves, and the place it adds."""

from django.utils.translation import gettext_lazy as _

from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind
from beffroi.lib.viewer import Role
from beffroi.persistence.places import Place, register_place


def register_own() -> None:
    """Called once, when the application is ready."""
    register_kind(
        RegisterKind(
            "identity.tied",
            _(
                "A person was tied to their account of the directory; `how`: they were new, had no way in, or did it themselves."
            ),
            {"person": FieldType.UUID, "source": FieldType.CODE, "how": FieldType.CODE},
        )
    )
    untied = _("A person was untied from their account of the directory: it lets nobody in any more.")
    register_kind(RegisterKind("identity.untied", untied, {"person": FieldType.UUID, "source": FieldType.CODE}))
    rule = {"rule": FieldType.UUID, "organisation": FieldType.UUID, "role": FieldType.CODE}
    register_kind(
        RegisterKind("directory.rule-made", _("A group of the directory gives a role from now on."), rule, lasting=True)
    )
    register_kind(
        RegisterKind("directory.rule-ended", _("A group of the directory gives a role no longer."), rule, lasting=True)
    )
    register_kind(
        RegisterKind(
            "directory.leaving-agreed",
            _("An administrator agreed that so many people lose the roles that the directory gave them."),
            {"people": FieldType.INTEGER, "digest": FieldType.HASH},
        )
    )
    register_place(
        Place(
            "directory",
            _("Directory"),
            _("Which groups of your directory have which roles, and who comes and goes by them"),
            "people",
            13,
            lambda viewer: bool(viewer.authorities(Role.ADMINISTRATOR)),
            "setting-up",
        )
    )
