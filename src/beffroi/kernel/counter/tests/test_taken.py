"""An address that somebody has already: what was typed stays."""

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.counter.tests.counter import opened, stranger


def test_a_taken_address_is_said_and_what_was_typed_stays(own_database: ConnectionInfo) -> None:
    counter, other = opened(), stranger()
    form = {"name": "Jeanne M.", "email": other.email.upper(), "language": "en"}
    response = counter.browser.post("/counter/meaux/people/", form)
    assert response.status_code == 422
    assert "This address already has an account." in response.content.decode()
    assert 'value="Jeanne M."' in response.content.decode()
