"""The log for programs: whole lines, and nothing in them that PostgreSQL or Django repeat of somebody's."""

import json
import logging
import sys

from beffroi.lib.logged import REQUEST, JsonFormatter, line


def written(record: logging.LogRecord) -> dict[str, object]:
    said: dict[str, object] = json.loads(JsonFormatter("web").format(record))
    return said


def test_a_fault_is_told_without_the_row_that_was_refused() -> None:
    refused = "duplicate key\nDETAIL:  Key (email)=(jeanne@example.org) already exists.\nHINT: none"
    try:
        raise ValueError(refused)
    except ValueError:
        record = logging.LogRecord("beffroi.x", logging.ERROR, "", 0, "it broke", None, sys.exc_info())
    said = written(record)
    assert "duplicate key" in str(said["exception"])
    assert "HINT" in str(said["exception"])
    assert "jeanne" not in json.dumps(said)


def test_django_s_own_lines_are_told_without_the_address() -> None:
    record = logging.LogRecord(
        "django.request", logging.ERROR, "", 0, "%s: %s", ("Internal Server Error", "/people/jeanne/"), None
    )
    assert written(record)["message"] == "Internal Server Error"


def test_a_line_has_its_request_and_only_what_may_be_said_besides() -> None:
    record = logging.LogRecord("beffroi.x", logging.INFO, "", 0, "several\nlines", None, None)
    vars(record).update(status=200, person="jeanne")
    token = REQUEST.set("0123")
    try:
        said = written(record)
    finally:
        REQUEST.reset(token)
    assert (said["request"], said["status"], said["message"]) == ("0123", 200, "several\nlines")
    assert "person" not in said
    assert "\n" not in JsonFormatter("web").format(record)


def test_what_others_write_becomes_an_object() -> None:
    for text in ("LOG: ready", '{"half', '{"a": 1}', "[1]", '"'):
        said = json.loads(line(text, part="database", seconds=0.0))
        assert said == {"time": "1970-01-01T00:00:00.000Z", "level": "INFO", "part": "database", "message": text}


def test_what_we_write_stays_under_the_supervisor_s_name() -> None:
    ours = JsonFormatter("web").format(logging.LogRecord("beffroi.x", logging.WARNING, "", 0, "said", None, None))
    said = json.loads(line(ours, part="web 2", seconds=0.0))
    assert (said["part"], said["level"], said["message"]) == ("web 2", "WARNING", "said")
