"""The name that people type: what is taken, and how a wrong one is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.cli.address import DomainError, domain_of
from beffroi.config.environment import read


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("beffroi.my-town.fr", "beffroi.my-town.fr"),
        (" Beffroi.My-Town.FR ", "beffroi.my-town.fr"),
        ("https://beffroi.my-town.fr/", "beffroi.my-town.fr"),
        ("beffroi.my-town.fr:8443", "beffroi.my-town.fr:8443"),
        ("beffroi.my-town.fr:443", "beffroi.my-town.fr"),
        ("beffroi.évry.fr", "beffroi.xn--vry-9la.fr"),
        ("localhost", "localhost"),
    ],
)
def test_a_name_is_taken_as_addresses_have_it(typed: str, name: str) -> None:
    assert domain_of(typed) == name
    assert read({"BEFFROI_PUBLIC_URL": f"https://{name}"}).host == name.partition(":")[0]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("http://beffroi.my-town.fr", "by HTTPS"),
        ("192.0.2.7", "by numbers"),
        ("192.0.2.7:8443", "by numbers"),
        ("2001:db8::1", "port is needed"),
        ("[2001:db8::1]", "port is needed"),
        ("beffroi", "beffroi.my-town.fr"),
        ("beffroi.my-town.fr/console", "no path"),
        ("beffroi .my-town.fr", "letters, digits"),
        ("beffroi_1.my-town.fr", "letters, digits"),
        ("-a.my-town.fr", "letters, digits"),
        ("a..fr", "can't be a name"),
        ("beffroi.my-town.fr:0", "port is needed"),
        ("beffroi.my-town.fr:many", "port is needed"),
        ("a" * 64 + ".fr", "can't be a name"),
        ("", "half a name|can't be"),
    ],
)
def test_a_wrong_name_is_refused_in_words(typed: str, said: str) -> None:
    with pytest.raises(DomainError, match=said):
        domain_of(typed)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_name_that_stays_itself_or_is_refused(typed: str) -> None:
    try:
        name = domain_of(typed)
    except DomainError:
        return
    assert domain_of(name) == name
    assert name.isascii()
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-.:")
