"""A page that fails says what to do, in the reader's language, even when nothing else works."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation
from django.views.defaults import bad_request, permission_denied, server_error


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "Patientez une minute et réessayez."), ("en", "Wait a minute and try again.")],
)
def test_failure_needs_neither_database_nor_context(language: str, words: str) -> None:
    with translation.override(language):
        answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert words in answer.content.decode()
    assert f'<html lang="{language}">' in answer.content.decode()


@pytest.mark.django_db
def test_unreadable_request_says_so() -> None:
    with translation.override("fr"):
        answer = bad_request(RequestFactory().get("/"), ValueError())
    assert answer.status_code == 400
    assert "Cette demande ne peut pas être lue" in answer.content.decode()


@pytest.mark.django_db
def test_foreign_host_gets_the_page_of_an_unreadable_request() -> None:
    answer = Client(HTTP_HOST="evil.example").get("/", headers={"Accept-Language": "fr"})
    assert answer.status_code == 400
    assert "Cette demande ne peut pas être lue" in answer.content.decode()


@pytest.mark.django_db
def test_missing_page_offers_the_way_back() -> None:
    answer = Client().get("/no-such-page/", headers={"Accept-Language": "fr"})
    assert answer.status_code == 404
    assert "Cette page n’existe pas ici" in answer.content.decode()
    assert 'href="/login/"' in answer.content.decode()


@pytest.mark.django_db
def test_stale_form_says_that_nothing_was_sent() -> None:
    answer = Client(enforce_csrf_checks=True).post("/login/", headers={"Accept-Language": "fr"})
    assert answer.status_code == 403
    assert "rien n’a été envoyé" in answer.content.decode()


@pytest.mark.django_db
def test_too_many_tries_say_to_wait() -> None:
    visitor = Client(headers={"Accept-Language": "fr"})
    codes = [visitor.post("/login/", {"login": "x"}).status_code for _ in range(31)]
    assert codes == [200] * 30 + [429]
    assert "Patientez une minute" in visitor.post("/login/", {"login": "x"}).content.decode()


@pytest.mark.django_db
def test_refusal_says_whom_to_ask() -> None:
    def asked(request: HttpRequest) -> HttpResponse:
        return permission_denied(request, PermissionError())

    answer = asked(Client().get("/", headers={"Accept-Language": "fr"}).wsgi_request)
    assert answer.status_code == 403
    assert "administrateur de votre organisme" in answer.content.decode()


@pytest.mark.django_db
def test_a_stream_without_a_session_is_refused_and_not_led_to_a_page() -> None:
    answer = Client().get("/live/", headers={"Accept": "text/event-stream"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "log-in-first"
    assert Client().get("/live/").status_code == 302
