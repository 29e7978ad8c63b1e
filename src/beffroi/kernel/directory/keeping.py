"""What ties people to a directory goes with them; a rule a year after its end; what leaves otherwise than one would guess."""

from uuid import UUID

from django.db.models import Exists, F, Model, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.kernel.directory.actions.forgetting import forget_held, forget_identities
from beffroi.kernel.directory.models import GroupRule, Held
from beffroi.persistence.keeping import JOURNALS, TRACES, Kept, register_companion, register_kept, register_lasting
from beffroi.persistence.portability import register_called, register_naming, register_nobodys, register_scope


def ended_rules(authority: UUID | None) -> QuerySet[Model]:
    """Rules that ended, by when, once no role says any more that it came from them."""
    rows = GroupRule.objects.filter(authority=authority, ended_at__isnull=False)
    found: QuerySet[Model] = rows.filter(~Exists(Held.objects.filter(rule=OuterRef("pk")))).annotate(
        kept_from=F("ended_at")
    )
    return found


def register() -> None:
    """Called once, when the application is ready."""
    register_companion("territory.people", "directory", forget_identities)
    register_companion("territory.memberships", "directory", forget_held)
    register_kept(
        Kept(
            code="directory.rules",
            title=_("Rules of the directory that ended"),
            since=_("the day they ended"),
            bounds=TRACES,
            source=JOURNALS,
            models=("directory.GroupRule",),
            things=ended_rules,
        )
    )
    register_lasting(
        ("directory.Identity", "directory.Held"), _("They go with the person’s account, and with the role.")
    )
    register_lasting(("directory.Reading",), _("One row an authority, written over by each reading."))
    register_lasting(("directory.Try",), _("They go within the hour, or as long as wrong passwords are counted."))
    register_naming("directory.GroupRule", "made_by")
    register_scope("directory.Held", lambda authority: Held.objects.filter(rule__authority=authority))
    register_nobodys(("directory.Try",), _("How often a password was wrong, by a hash that leads to nobody."))
    register_nobodys(("directory.Identity",), _("What ties a person to an entry of the directory, which is elsewhere."))
    for model, words in {
        "directory.GroupRule": pgettext_lazy("a table", "rule of the directory"),
        "directory.Held": pgettext_lazy("a table", "role held from the directory"),
        "directory.Identity": pgettext_lazy("a table", "account of the directory"),
        "directory.Try": pgettext_lazy("a table", "try of a password of the directory"),
        "directory.Reading": pgettext_lazy("a table", "reading of the directory"),
    }.items():
        register_called(model, words)
