"""Rules and people of a directory for tests."""

from uuid import uuid4

from beffroi.kernel.directory.actions.rules import make_rule
from beffroi.kernel.directory.models import GroupRule
from beffroi.kernel.directory.rules import LDAP, Seen
from beffroi.kernel.territory.models import Authority, Organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

POLICE = "cn=police,ou=groups,dc=town,dc=example"


def make_group_rule(
    authority: Authority,
    group: str = POLICE,
    role: Role = Role.OPERATOR,
    *,
    organisation: Organisation | None = None,
    source: str = LDAP,
) -> GroupRule:
    """Whoever is in the group has the role, in the authority's own organisation unless said otherwise."""
    rule = make_rule(
        authority=authority.pk,
        source=source,
        group=group,
        label=group.split(",", maxsplit=1)[0].removeprefix("cn="),
        organisation=organisation or authority.organisation,
        role=role,
        now=utc_now(),
        by=uuid4(),
    )
    if rule is None:
        raise ValueError(f"{group} can't give {role}")
    return rule


def seen(name: str, *groups: str, active: bool = True, source: str = LDAP) -> Seen:
    """Somebody of the directory, the same each time by their name."""
    return Seen(source, f"id of {name}", f"{name}@town.example", name.title(), frozenset(groups), active)
