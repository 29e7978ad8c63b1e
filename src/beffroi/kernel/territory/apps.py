"""Registers the entries' kinds, what is kept, the letters of invitations."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from beffroi.lib.viewer import Role


class TerritoryConfig(AppConfig):
    """Places, authorities, organisations, memberships."""

    name = "beffroi.kernel.territory"
    label = "territory"

    def ready(self) -> None:
        """Kinds of the register, what is kept, the invitations' letters."""
        from beffroi.kernel.accounts.registry import register_closing  # noqa: PLC0415 - as above
        from beffroi.kernel.register.registry import register_namer  # noqa: PLC0415 - as below
        from beffroi.kernel.territory import jobs, keeping, registry  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.territory.queries import naming  # noqa: PLC0415 - as above
        from beffroi.kernel.territory.queries.closing import closed_by_roles  # noqa: PLC0415 - as above
        from beffroi.kernel.territory.queries.sight import register as register_sight  # noqa: PLC0415 - models must be loaded first
        from beffroi.persistence.letters import LetterBox, register_letter_box  # noqa: PLC0415 - as above

        registry.register_kinds()
        registry.register_places()
        register_namer(("organisation", "partner", "operator", "serves", "steward"), naming.name_organisations)
        register_namer(("authority",), naming.name_authorities)
        register_namer(("territory",), naming.name_territories)
        register_namer(("by", "for", "person"), naming.name_people)
        register_namer(("membership",), naming.name_roles)
        register_namer(("invitation",), naming.name_invitations)
        keeping.register()
        register_closing("roles", closed_by_roles)
        register_letter_box(LetterBox("invitations", jobs.claim, jobs.note))
        register_sight()
        self._lists()

    def _lists(self) -> None:
        from beffroi.kernel.territory.actions.lists import offer_roles, send_letters, take_back_roles  # noqa: PLC0415 - models must be loaded first
        from beffroi.kernel.territory.queries import words  # noqa: PLC0415 - as above
        from beffroi.kernel.territory.queries.lists import COLUMNS, check_people, towns_to_fill, unsent  # noqa: PLC0415 - as above
        from beffroi.persistence.imports import Follow, Importer, register_importer  # noqa: PLC0415 - as above

        register_importer(
            Importer(
                code="people",
                label=_("People"),
                description=_(
                    "Who has which role in which organisation, and until when: each is invited once you say so"
                ),
                icon="people",
                route=lambda viewer: "organisations" if viewer.organisations_as(Role.ADMINISTRATOR) else "team",
                columns=COLUMNS,
                authorities=towns_to_fill,
                check=check_people,
                write=offer_roles,
                undo=take_back_roles,
                follow=Follow(words.letters_to_send, unsent, send_letters, words.letters_sent),
            )
        )
