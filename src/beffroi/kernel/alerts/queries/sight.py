"""What one may see and do of alerts, in words, by the same rules as their list."""

from uuid import UUID

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from beffroi.kernel.alerts.queries.alerts import WATCHERS, visible_alerts
from beffroi.kernel.grants.queries.sight import binding
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.sight import Sight, register_sight


def seen(viewer: Viewer, authority: UUID) -> list[str]:
    """Alerts, and who is told of them."""
    live = visible_alerts(viewer).filter(authority_id=authority, ended_at=None).count()
    if authority in viewer.authorities(*WATCHERS):
        words = ngettext(
            "sees every alert, %(n)s not over now; takes them and closes them",
            "sees every alert, %(n)s not over now; takes them and closes them",
            live,
        )
        found = [words % {"n": localize(live)}, _("sees who is on duty, and who would be told of what")]
        if authority in viewer.authorities(Role.ADMINISTRATOR):
            found.append(_("decides who is told, and draws up the rosters"))
        return found
    partners = {row.partner_id for row in binding(authority, viewer.as_of) if row.pk in viewer.conventions}
    if partners & viewer.organisations_as(Role.DISPATCHER):
        words = ngettext(
            "sees the alerts of its conventions, %(n)s not over now",
            "sees the alerts of its conventions, %(n)s not over now",
            live,
        )
        return [words % {"n": localize(live)}]
    bound = {row.partner_id for row in binding(authority, viewer.as_of)}
    served = {post.organisation for post in viewer.posts if post.authority == authority}
    if viewer.organisations & (bound | served):
        return [_("sees the alerts they were told of, nothing else")]
    return []


def register() -> None:
    """Called once, when the application is ready."""
    register_sight(Sight("alerts", gettext_lazy("Alerts"), 30, seen))
