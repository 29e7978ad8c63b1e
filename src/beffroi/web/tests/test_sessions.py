"""Which answer takes a session's cookie away."""

import pytest
from django.conf import settings
from django.test import Client

from beffroi.kernel.accounts.factories import make_person

pytestmark = pytest.mark.django_db
COOKIE = settings.SESSION_COOKIE_NAME


def test_what_was_asked_under_a_former_name_takes_away_no_session_that_has_begun() -> None:
    late = Client()
    late.cookies[COOKIE] = "a-session-that-has-another-name-by-now"
    answer = late.get("/login/")
    assert answer.status_code == 200
    assert COOKIE not in answer.cookies
    assert late.get("/account/").status_code == 302, "and it opens nothing"


def test_who_logs_out_has_the_cookie_taken_away() -> None:
    browser = Client()
    browser.force_login(make_person())
    answer = browser.post("/logout/")
    assert answer.cookies[COOKIE].value == ""
    assert answer.cookies[COOKIE]["max-age"] == 0
