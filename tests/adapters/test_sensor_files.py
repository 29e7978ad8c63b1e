"""What a town writes down about its brokers and its models is refused with the place and the reason, before anything listens."""

import json
from pathlib import Path

import pytest

from beffroi.adapters.sensors.saying import LORAWAN, Event, Heard, Reading
from beffroi.adapters.sensors.sources import Observed, SourcesError
from beffroi.adapters.sensors.table import TableError, described, released

BROKER = {
    "name": "campus",
    "authority": "meaux",
    "kind": "chirpstack",
    "url": "mqtts://broker.example:8883",
    "user": "b",
}
MODEL = {
    "code": "acme-door",
    "vendor": "Acme",
    "name": "Door",
    "network": "lorawan",
    "source": "https://acme.example/door.pdf",
    "beat_minutes": 60,
    "uplinks": [{"layout": "names", "fields": [{"says": "open", "name": "door.state", "when": True}]}],
}


def written(folder: Path, told: object, mode: int = 0o600) -> Path:
    path = folder / "observe.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told))
    path.chmod(mode)
    return path


def test_a_file_says_brokers_and_adds_models(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("pem")
    told = {"brokers": [{**BROKER, "password": "s3cret", "ca": "ca.pem"}], "models": [MODEL]}
    observed = Observed.read(written(tmp_path, told))
    assert observed.brokers[0].network == LORAWAN
    assert observed.brokers[0].ca == str(tmp_path / "ca.pem")
    assert "s3cret" not in repr(observed)
    assert set(observed.models) == {*released(), "acme-door"}
    heard = Heard(LORAWAN, "0" * 16, Event.UPLINK, port=3, told={"door": {"state": True}})
    assert observed.models["acme-door"].read(heard) == Reading(open=True)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ({}, "no brokers"),
        ({"brokers": [], "spare": 1}, "isn't known: spare"),
        ({"brokers": [BROKER, BROKER]}, "same name"),
        ({"brokers": [{**BROKER, "kind": "ttn"}]}, "its kind"),
        ({"brokers": [{name: value for name, value in BROKER.items() if name != "url"}]}, "its url"),
        ({"brokers": [{**BROKER, "url": "http://broker.example"}]}, "its url"),
        ({"brokers": [{**BROKER, "url": "mqtts://[broker"}]}, "url can't be read"),
        ({"brokers": [{**BROKER, "url": "mqtts://u:hunter2@broker.example"}]}, "not in it"),
        ({"brokers": [{**BROKER, "url": "mqtt://broker.example"}]}, "without TLS"),
        ({"brokers": [{**BROKER, "ca": "absent.pem"}]}, "no file absent.pem"),
        ({"brokers": [{**BROKER, "name": "Main Hall"}]}, "lower case"),
        ({"brokers": [{**BROKER, "keepalive": "1"}]}, "isn't known: keepalive"),
        ({"brokers": [{**BROKER, "base": "zig/#"}]}, "base"),
    ],
)
def test_a_file_that_can_t_be_used_says_why(tmp_path: Path, told: object, words: str) -> None:
    with pytest.raises(SourcesError) as refused:
        Observed.read(written(tmp_path, told))
    assert words in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourcesError, match="chmod 600"):
        Observed.read(written(tmp_path, {"brokers": []}, 0o644))
    with pytest.raises(SourcesError, match="can't be read"):
        Observed.read(tmp_path / "absent.json")


def test_plain_mqtt_is_taken_on_this_machine_and_where_it_was_said(tmp_path: Path) -> None:
    near = {**BROKER, "url": "mqtt://127.0.0.1:1883"}
    own = {**BROKER, "name": "own-wire", "url": "mqtt://10.0.0.2", "plain": True}
    assert len(Observed.read(written(tmp_path, {"brokers": [near, own]})).brokers) == 2


FIELD = {"says": "open", "at": 0}


@pytest.mark.parametrize(
    "change",
    [
        {"code": "Acme Door"},
        {"network": "sigfox"},
        {"beat_minutes": 0},
        {"beat_minutes": True},
        {"millivolts": [3000, 2000]},
        {"uplinks": []},
        {"source": ""},
        {"python": "print()"},
        {"uplinks": [{"layout": "javascript", "code": "1"}]},
        {"uplinks": [{"layout": "bytes", "port": 0, "fields": [FIELD]}]},
        {"uplinks": [{"layout": "bytes", "given": {"x": 1}}]},
        {"uplinks": [{"layout": "bytes", "fields": [{**FIELD, "at": 4000}]}]},
        {"uplinks": [{"layout": "bytes", "fields": [{**FIELD, "mask": 0}]}]},
        {"uplinks": [{"layout": "bytes", "fields": [{**FIELD, "size": "4"}]}]},
        {"uplinks": [{"layout": "bytes", "fields": [{**FIELD, "when": "yes"}]}]},
        {"uplinks": [{"layout": "bytes", "fields": [{"says": "position"}]}]},
        {"uplinks": [{"layout": "names", "fields": [{"says": "open"}]}]},
        {"uplinks": [{"layout": "names", "fields": [{"says": "open", "name": "a[0]"}]}]},
        {"uplinks": [{"layout": "items", "tag": 2, "items": {"01": {"length": 1}}}]},
        {"uplinks": [{"layout": "items", "tag": 1, "items": {"01": {"length": -1}}}]},
    ],
)
def test_a_model_that_can_t_be_used_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(TableError):
        described([{**MODEL, **change}])


def test_a_model_is_described_once() -> None:
    with pytest.raises(TableError, match="two models"):
        described([MODEL, MODEL])
    with pytest.raises(TableError):
        described({"models": []})
