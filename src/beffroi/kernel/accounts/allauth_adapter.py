"""Where allauth meets our actions: sign-up is closed, passwords and credentials change on the record."""

from uuid import UUID

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.account.models import Login
from allauth.core import context
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.accounts.actions import CREDENTIAL, change_password, end_sessions, note_credential
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.accounts.queries import FACTORS, factors_of
from beffroi.kernel.accounts.registry import closed
from beffroi.lib.clock import utc_now
from beffroi.persistence.proving import Denied, can_confirm, confirmed, proven

# In a session, how its person proved who they are: by an authenticator (allauth's own word), by adding their first, by the safe's sheet.
SHOWN, ADDED, SAFE = "mfa", "added", "safe"
# There, that an identity provider did.
PROVIDER = "provider"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are made by an invitation or at the counter, never by a visitor."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is closed. An administrator of your organisation can open it again."),
        "email_password_mismatch": _("The address or the password is not right. Check both and try again."),
        "enter_current_password": _("This is not your current password."),
        "incorrect_password": _("This is not your password."),
        "rate_limited": _("Too many tries. Wait five minutes, then try again."),
        "too_many_login_attempts": _("Too many tries for this account. Wait five minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: str) -> Person | None:
        """A password of the account's own, else one that somebody else knows, such as the town's directory."""
        user: Person | None = super().authenticate(request, **credentials)
        if user is not None or "email" not in credentials:
            return user
        found = proven(credentials["email"], credentials.get("password", ""), utc_now())
        if isinstance(found, Denied):
            raise ValidationError(str(found.message), code=found.code)
        if found is None:
            return None
        self._rollback_login_failed_rl_usage()
        return Person.objects.get(pk=found)

    def reauthenticate(self, user: Person, password: str) -> bool:
        """The password once more: the account's own, else one that it has elsewhere."""
        if user.has_usable_password():
            found = super().authenticate(context.request, email=user.email, password=password)
            if found == user:
                return True
        said = confirmed(user.pk, password, utc_now())
        if isinstance(said, Denied):
            raise ValidationError(str(said.message), code=said.code)
        return said

    def get_reauthentication_methods(self, user: Person | AnonymousUser) -> list[dict[str, str]]:
        """With a password that the account has elsewhere too."""
        methods: list[dict[str, str]] = super().get_reauthentication_methods(user)
        ours = any(method["id"] == "reauthenticate" for method in methods)
        if isinstance(user, Person) and not ours and can_confirm(user.pk):
            address = reverse("account_reauthenticate")
            methods.insert(0, {"id": "reauthenticate", "description": str(_("Your password")), "url": address})
        return methods

    def is_reauthentication_required(self, *, app: str, **known: object) -> bool:
        """Whether `app` wants it. Of somebody whose only password is elsewhere allauth asks nothing: we do, here, where it asks us."""
        required: bool = super().is_reauthentication_required(app=app, **known)
        request = context.request
        user = request.user
        if required and isinstance(user, Person) and not get_reauthentication_flows(user) and can_confirm(user.pk):
            since = utc_now().timestamp() - app_settings.REAUTHENTICATION_TIMEOUT
            records = get_authentication_records(request, user)
            if not any(record.get("reauthenticated") and record.get("at", 0) > since for record in records):
                raise ReauthenticationRequired
        return required

    def pre_login(self, request: HttpRequest, user: Person, **known: object) -> HttpResponse | None:
        """Before a session begins, whatever proved who it is: somebody whose last role has ended is told so, and whom to ask."""
        ended = closed(user.pk, utc_now())
        if ended is not None:
            return render(request, "account/ended.html", {"ended": ended}, status=403)
        response: HttpResponse | None = super().pre_login(request, user, **known)
        return response

    def post_login(self, request: HttpRequest, user: Person, **told: object) -> HttpResponse:
        """A device where no language was chosen takes the one that its person chose elsewhere."""
        response: HttpResponse = super().post_login(request, user, **told)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and user.language_chosen:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                user.language,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                samesite="Lax",
                secure=settings.LANGUAGE_COOKIE_SECURE,
            )
        return response

    def set_password(self, user: Person, password: str) -> None:
        """Replace the person's password, by themselves."""
        change_password(person=user, password=password, by=user.id)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Names what authenticators show when they ask."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right, or it has just changed. Try the one shown now."),
    }

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The relying party's name and host, as WebAuthn wants them."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": "Beffroi"}


def used_passkey_lately(request: HttpRequest, *, seconds: int = 600) -> bool:
    """Whether the person logged in, or confirmed, with a passkey in this session within the last ten minutes."""
    since = utc_now().timestamp() - seconds
    return any(
        record.get("type") == Authenticator.Type.WEBAUTHN and record.get("at", 0) >= since
        for record in get_authentication_records(request, request.user)
    )


def came_long_ago(request: HttpRequest) -> bool:
    """Whether somebody whom an identity provider alone knows, so that they have nothing to confirm with here, logged in by it longer ago
    than a confirmation would hold.
    """
    user = request.user
    if not isinstance(user, Person) or get_reauthentication_flows(user) or can_confirm(user.pk):
        return False
    records = get_authentication_records(request, user)
    since = utc_now().timestamp() - app_settings.REAUTHENTICATION_TIMEOUT
    came = [record.get("at", 0) for record in records if record.get("method") == PROVIDER]
    return bool(came) and max(came) < since


def used_second_factor(request: HttpRequest) -> bool:
    """Whether the person showed a second factor in this session: a passkey, which is two at once, or a code besides their password."""
    return any(record.get("method") == SHOWN for record in get_authentication_records(request, request.user))


def proved_second_factor(request: HttpRequest, user: Person | AnonymousUser | AbstractBaseUser) -> bool:
    """Whether nobody who demands a second factor need ask for more in this session of theirs: one was shown, or was just added and is the
    first; an identity provider asked for two; or the sheet in the safe opened it, for its hour.
    """
    records = get_authentication_records(request, user)
    return any(record.get("method") in (SHOWN, ADDED, SAFE) or record.get("two_factors") is True for record in records)


def open_session(
    request: HttpRequest, person: Person, *, onward: str, method: str = "invitation", two_factors: bool = False
) -> HttpResponse:
    """Log somebody in who has just proved who they are, by an invitation's code or otherwise, and send them on. `two_factors`: whoever
    proved it asked for two.
    """
    record_authentication(request, person, method=method, two_factors=two_factors or None)
    response: HttpResponse = perform_login(request, Login(user=person, redirect_url=onward))
    return response


def _note(person: UUID, authenticator: Authenticator, change: str) -> None:
    note_credential(person=person, credential=CREDENTIAL[authenticator.type], change=change, by=person)


def _added(*, request: HttpRequest, user: Person, authenticator: Authenticator, **_: object) -> None:
    """Whoever adds their first has it in their hands. Of another it says nothing: a session that showed none may not prove itself so."""
    _note(user.id, authenticator, "added")
    others = Authenticator.objects.filter(user=user, type__in=FACTORS).exclude(pk=authenticator.pk)
    if authenticator.type in FACTORS and not others.exists():
        record_authentication(request, user, method=ADDED)


def _removed(*, request: HttpRequest, user: Person, authenticator: Authenticator, **_: object) -> None:
    """What was shown is worth nothing any more once the last is gone: forgotten here, and the other sessions, which showed it, end."""
    _note(user.id, authenticator, "removed")
    if not factors_of(user.pk):
        records = get_authentication_records(request, user)
        kept = [record for record in records if record.get("method") not in (SHOWN, ADDED)]
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = kept
        end_sessions(person=user.pk, by=user.pk, now=utc_now(), but=request.session.session_key)


def _reset(*, user: Person, authenticator: Authenticator, **_: object) -> None:
    _note(user.id, authenticator, "replaced")


def connect_signals() -> None:
    """Called once, when the application is ready."""
    signals.authenticator_added.connect(_added, dispatch_uid="beffroi.accounts.added")
    signals.authenticator_removed.connect(_removed, dispatch_uid="beffroi.accounts.removed")
    signals.authenticator_reset.connect(_reset, dispatch_uid="beffroi.accounts.reset")
