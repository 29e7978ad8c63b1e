"""What an invitation's letter says. Its code is in the address's fragment, which no server is sent and none logs, and in the text."""

from django.template.loader import render_to_string
from django.utils import timezone, translation

from beffroi.kernel.territory.models import ROLE_LABELS, Invitation
from beffroi.kernel.territory.queries.authorities import authority_behind, public_address
from beffroi.kernel.territory.queries.invitations import code_of, page_of_code
from beffroi.kernel.territory.rules import last_day
from beffroi.lib.viewer import Role
from beffroi.persistence.letters import Sealed


def sealed(row: Invitation) -> Sealed:
    """The letter of a claimed invitation, in its reader's language."""
    code = code_of(row)
    with translation.override(row.language):
        zone = timezone.get_current_timezone()
        told = {
            "invitation": row,
            "role": ROLE_LABELS[Role(row.role)] if row.role else "",
            "until": last_day(row.valid_until, zone) if row.valid_until else None,
            "code": code,
            "page": page_of_code(row),
            "language": row.language,
        }
        words = translation.gettext("You are invited: %(organisation)s")
        if row.person_id is not None:
            words = translation.gettext("Log in by yourself: %(organisation)s")
        return Sealed(
            key=row.pk,
            attempt=row.attempts,
            to=row.email,
            subject=words % {"organisation": row.organisation.name},
            text=render_to_string("territory/letter.txt", told).strip() + "\n",
            html=render_to_string("territory/letter.html", told),
            language=row.language,
            identifier=f"{row.pk}.{row.round}",
            address=public_address(authority_behind(row.organisation)),
        )
