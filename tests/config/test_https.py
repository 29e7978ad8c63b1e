"""Settings of HTTPS that don't go together: refused, with what would do."""

from pathlib import Path

import pytest

from beffroi.config.environment import SettingError, read

BOTH = {"BEFFROI_TLS_CERT": "/a/fullchain.pem", "BEFFROI_TLS_KEY": "/a/privkey.pem"}
PUBLIC = {"BEFFROI_PUBLIC_URL": "https://beffroi.meaux.example"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"BEFFROI_TLS_CERT": "x.pem"}, "go together"),
        ({"BEFFROI_TLS_KEY": "x.pem"}, "go together"),
        (BOTH | {"BEFFROI_LOCAL_CA": "1"}, "leave one out"),
        (BOTH | {"BEFFROI_PUBLIC_URL": "http://a.example"}, "must start with https"),
        (PUBLIC | {"BEFFROI_HTTP_PORT": "80"}, "speaks it itself"),
        (BOTH | PUBLIC | {"BEFFROI_HTTP_PORT": "8443", "BEFFROI_PORT": "8443"}, "a port of its own"),
        (BOTH | PUBLIC | {"BEFFROI_ACME_FOLDER": "/a/acme"}, "BEFFROI_HTTP_PORT=80"),
        ({"BEFFROI_TRUSTED_PROXIES": "proxy.example"}, "10.0.0.0/24 is needed"),
        ({"BEFFROI_TRUSTED_PROXIES": "10.0.0.1/8"}, "host bits"),
        ({"BEFFROI_TRUSTED_PROXIES": "10.0.0.1, *"}, "'\\*' is no address"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_go_together_is_refused(given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        read(given)


def test_what_is_not_said_is_what_a_town_expects() -> None:
    assert read({}).tls is None
    assert read({}).https.trusted_proxies == ("127.0.0.1", "::1")
    said = read(BOTH | {"BEFFROI_PORT": "8443"})
    assert (said.public_url, said.secure) == ("https://localhost:8443", True)
    assert said.https.trusted_proxies == ()
    assert read(BOTH | {"BEFFROI_TRUSTED_PROXIES": "127.0.0.1"}).https.trusted_proxies == ("127.0.0.1",)
    assert said.tls is not None
    assert said.tls.key == Path("/a/privkey.pem")
    ours = read({"BEFFROI_LOCAL_CA": "1", "BEFFROI_HOME": "/srv/beffroi", **PUBLIC}).tls
    assert ours is not None
    assert ours.certificate == ours.key == Path("/srv/beffroi/keys/installation/https/server.pem")
