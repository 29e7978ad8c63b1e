"""Where requests of ours may go: never into our own network, whatever the address looks like."""

import pytest

from beffroi.adapters.http.reach import Destination, Reach

NOBODY = Reach()


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://10.1.2.3/x",
        "https://172.16.0.1/x",
        "https://192.168.1.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/x",
        "https://0.0.0.0/x",
        "https://224.0.0.1/x",
        "https://255.255.255.255/x",
        "https://[::1]/x",
        "https://[fe80::1]/x",
        "https://[fe80::1%25eth0]/x",
        "https://[fd00::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[64:ff9b::7f00:1]/x",
        "https://[2002:7f00:1::]/x",
        "https://[ff02::1]/x",
    ],
)
def test_private_addresses_are_refused(url: str) -> None:
    assert NOBODY.refusal(url) == "private-address"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://push.example/x", "not-https"),
        ("ftp://push.example/x", "not-an-address"),
        ("file:///etc/passwd", "not-an-address"),
        ("https://", "not-an-address"),
        ("https:///x", "not-an-address"),
        ("https://user:word@push.example/", "not-an-address"),
        ("https://push.example:99999/", "not-an-address"),
        ("https://push.example:0/", "not-an-address"),
        ("https://push.example/a b", "not-an-address"),
        ("https://push.example\\@127.0.0.1/", "not-an-address"),
        ("https://push.example/\r\nHost: x", "not-an-address"),
        ("https://exämple.fr/", "not-an-address"),
        ("https://[::1/", "not-an-address"),
        ("https://push.example/" + "x" * 2048, "not-an-address"),
    ],
)
def test_what_is_no_address_of_the_web_is_refused(url: str, code: str) -> None:
    assert NOBODY.refusal(url) == code


def test_public_hosts_over_https_are_reached() -> None:
    for url in ("https://fcm.googleapis.com/fcm/send/x", "https://1.1.1.1/x", "https://[2606:4700::1111]:8443/x"):
        assert NOBODY.refusal(url) is None


def test_a_host_that_was_named_may_lie_inside() -> None:
    reach = Reach(frozenset({"alarms.town.lan", "10.0.0.5:8080"}))
    assert reach.refusal("http://alarms.town.lan/hook") is None
    assert reach.refusal("https://ALARMS.town.lan.:8443/hook") is None
    assert reach.refusal("http://10.0.0.5:8080/hook") is None
    assert reach.refusal("http://10.0.0.5/hook") == "not-https"
    assert reach.refusal("https://10.0.0.5/hook") == "private-address"
    assert reach.refusal("https://10.0.0.6:8080/hook") == "private-address"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://push.example/a?b", "https://push.example"),
        ("https://PUSH.example:443/", "https://push.example"),
        ("https://push.example:8443/%2f%20", "https://push.example:8443"),
        ("https://[2606:4700::1111]/x", "https://[2606:4700::1111]"),
    ],
)
def test_an_origin_leaves_its_default_port_out_and_an_address_is_asked_as_it_was_given(url: str, origin: str) -> None:
    to = NOBODY.aim(url)
    assert isinstance(to, Destination)
    assert to.origin == origin
    assert to.url.raw_path_qs == url.partition("://")[2].partition("/")[2].join(("/", ""))
