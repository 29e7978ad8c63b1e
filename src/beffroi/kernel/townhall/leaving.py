"""What of the kernel's tables leaves otherwise than one would guess. Systems say it of their own, beside what they keep."""

from collections.abc import Iterator
from functools import partial
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.models import OrganisationQuiet
from beffroi.kernel.retention.models import SlipLine
from beffroi.kernel.territory.models import Authority, Invitation, Logo, Membership, Organisation
from beffroi.persistence.portability import (
    Attachment,
    register_about,
    register_attachments,
    register_called,
    register_naming,
    register_nobodys,
    register_scope,
    register_surface,
    register_withheld,
)


def register() -> None:
    """Called once, when the application is ready."""
    _scopes()
    _secrets()
    _names()
    _left()
    _called()
    register_surface("territory.Outline", "coordinates")
    register_attachments("townhall.logo", _logo)


def _logo(authority: UUID) -> Iterator[Attachment]:
    for drawing in Logo.objects.filter(authority=authority):
        for shape, data in (("wide", drawing.wide), ("square", drawing.square)):
            yield Attachment(f"logo/{shape}.png", "image/png", partial(bytes, data))


def _houses(authority: UUID) -> QuerySet[Organisation]:
    """The authority's own organisation and its services."""
    return Organisation.objects.filter(Q(authority=authority) | Q(serves=authority))


def _organisations(authority: UUID) -> QuerySet[Model]:
    partners = Q(conventions__authority=authority) | Q(party_to__authority=authority)
    own = Q(authority=authority) | Q(serves=authority) | Q(steward=authority)
    return Organisation.objects.filter(own | partners).distinct()


def _memberships(authority: UUID) -> QuerySet[Model]:
    return Membership.objects.filter(organisation__in=_houses(authority))


def _people(authority: UUID) -> QuerySet[Model]:
    return Person.objects.filter(memberships__organisation__in=_houses(authority)).distinct()


def _scopes() -> None:
    register_scope("territory.Authority", lambda authority: Authority.objects.filter(pk=authority))
    register_scope("territory.Organisation", _organisations)
    register_scope("territory.Membership", _memberships)
    register_scope(
        "territory.Invitation", lambda authority: Invitation.objects.filter(organisation__in=_houses(authority))
    )
    register_scope("accounts.Person", _people)
    register_scope(
        "alerts.OrganisationQuiet",
        lambda authority: OrganisationQuiet.objects.filter(organisation__in=_houses(authority)),
    )
    register_scope("retention.SlipLine", lambda authority: SlipLine.objects.filter(slip__authority=authority))


def _secrets() -> None:
    opens = _("It opens something, or proves to be somebody.")
    for model, columns in {
        "accounts.Person": ("password",),
        "account.EmailConfirmation": ("key",),
        "alerts.Mobile": ("digest",),
        "alerts.PushSubscription": ("endpoint", "p256dh", "auth"),
        "alerts.Webhook": ("secret",),
        "devices.Command": ("token",),
        "devices.Device": ("broker_account",),
        "devices.Sources": ("sealing", "token"),
        "grants.EnrolmentCode": ("digest",),
        "grants.Grant": ("token",),
        "mfa.Authenticator": ("data",),
        "screens.Screen": ("code",),
        "territory.Invitation": ("locator",),
        "usersessions.UserSession": ("session_key", "data"),
    }.items():
        register_withheld(model, columns, opens)
    own = _("It is its sender’s alone, for a day at most.")
    register_withheld("imports.Import", ("sheet", "file", "before"), own)


def _names() -> None:
    register_naming("accounts.Person", "id")
    register_naming("devices.Command", "asked_by")
    register_naming("grants.HolderKey", "enrolled_by")
    register_naming("imports.Import", "person")
    register_naming("territory.OutlineFile", "sent_by")
    register_naming("territory.Invitation", "made_by", "accepted_by")
    register_about("territory.Invitation", ("name", "email", "language"), ("accepted_by", "person_id"))


def _left() -> None:
    register_nobodys(
        ("register.Entry", "register.Leaf", "register.Payload", "register.Head"),
        _("The register leaves as its own export, which verifies."),
    )
    register_nobodys(
        ("alerts.Mobile", "alerts.Preference", "alerts.PushSubscription", "grants.EnrolmentCode", "grants.HolderKey"),
        _("A person’s own, whatever authority they work for: they take it themselves."),
    )
    register_nobodys(
        ("account.EmailAddress", "account.EmailConfirmation", "mfa.Authenticator", "usersessions.UserSession"),
        _("Ways in, a person’s own."),
    )
    register_nobodys(
        (
            "alerts.Heartbeat",
            "auth.Group",
            "auth.Permission",
            "contenttypes.ContentType",
            "devices.Listening",
            "devices.RelayUse",
            "sessions.Session",
        ),
        _("The machinery of the installation: nobody’s data."),
    )


def _called() -> None:
    """What a reader calls the rows of tables that only we have names for."""
    register_called("alerts.AudienceMember", pgettext_lazy("a table", "line of an audience"))
    register_called("alerts.Delivery", pgettext_lazy("a table", "message"))
    register_called("alerts.Mobile", pgettext_lazy("a table", "mobile number"))
    register_called("alerts.Notice", pgettext_lazy("a table", "notice"))
    register_called("alerts.NoticeStep", pgettext_lazy("a table", "notice step"))
    register_called("alerts.OrganisationQuiet", pgettext_lazy("a table", "quiet hours of an organisation"))
    register_called("alerts.Policy", pgettext_lazy("a table", "rule of alerts"))
    register_called("alerts.PolicyStep", pgettext_lazy("a table", "step of a rule of alerts"))
    register_called("alerts.Preference", pgettext_lazy("a table", "preference"))
    register_called("alerts.PushSubscription", pgettext_lazy("a table", "device that is told"))
    register_called("alerts.RosterSlot", pgettext_lazy("a table", "roster slot"))
    register_called("alerts.RosterSwap", pgettext_lazy("a table", "roster swap"))
    register_called("alerts.TextDay", pgettext_lazy("a table", "day’s count of SMS"))
    register_called("alerts.Webhook", pgettext_lazy("a table", "program that is told"))
    register_called("devices.Beat", pgettext_lazy("a table", "beat of a relay"))
    register_called("devices.Box", pgettext_lazy("a table", "box for passwords"))
    register_called("devices.Command", pgettext_lazy("a table", "command to a device"))
    register_called("devices.Condition", pgettext_lazy("a table", "state of a device"))
    register_called("devices.Head", pgettext_lazy("a table", "head of a log"))
    register_called("devices.Hole", pgettext_lazy("a table", "hole in a log"))
    register_called("devices.Lapse", pgettext_lazy("a table", "silence of a relay"))
    register_called("devices.Listening", pgettext_lazy("a table", "hearing of devices"))
    register_called("devices.RefusedInput", pgettext_lazy("a table", "message refused"))
    register_called("devices.RelayUse", pgettext_lazy("a table", "use of the relay"))
    register_called("devices.SignedBatch", pgettext_lazy("a table", "signed batch"))
    register_called("devices.Sources", pgettext_lazy("a table", "list of sources"))
    register_called("devices.SinkTask", pgettext_lazy("a table", "work that waits"))
    register_called("grants.Activation", pgettext_lazy("a table", "system switched on"))
    register_called("grants.ConventionDraft", pgettext_lazy("a table", "draft of a convention"))
    register_called("grants.ConventionParty", pgettext_lazy("a table", "party of a convention"))
    register_called("grants.ConventionPurpose", pgettext_lazy("a table", "purpose of a convention"))
    register_called("grants.ConventionResource", pgettext_lazy("a table", "thing under a convention"))
    register_called("grants.Designation", pgettext_lazy("a table", "designation under a convention"))
    register_called("grants.EnrolmentCode", pgettext_lazy("a table", "enrolment code"))
    register_called("grants.GrantResource", pgettext_lazy("a table", "thing under an access right"))
    register_called("grants.HolderKey", pgettext_lazy("a table", "phone’s key"))
    register_called("grants.KeySet", pgettext_lazy("a table", "key set"))
    register_called("grants.RevocationList", pgettext_lazy("a table", "revocation list"))
    register_called("grants.Root", pgettext_lazy("a table", "root of keys"))
    register_called("imports.Heading", pgettext_lazy("a table", "heading of a column"))
    register_called("mfa.Authenticator", pgettext_lazy("a table", "passkey or app"))
    register_called("retention.Check", pgettext_lazy("a table", "check of retention"))
    register_called("retention.Destruction", pgettext_lazy("a table", "destruction"))
    register_called("retention.DurationSet", pgettext_lazy("a table", "duration that was set"))
    register_called("retention.Hold", pgettext_lazy("a table", "hold"))
    register_called("retention.SlipItem", pgettext_lazy("a table", "item of a slip"))
    register_called("retention.SlipLine", pgettext_lazy("a table", "line of a slip"))
    register_called("territory.OutlineFile", pgettext_lazy("a table", "file of outlines"))
    register_called("usersessions.UserSession", pgettext_lazy("a table", "where one is logged in"))
