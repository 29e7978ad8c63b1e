"""What the database refuses takes nothing else with it."""

from pathlib import Path

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.devices.factories import in_service
from beffroi.kernel.devices.models import Head
from beffroi.kernel.devices.tests.desk import NOW, Desk, refused, sequences
from beffroi.persistence.guard import writing
from beffroi.protocol.v1.carriage import Events
from beffroi.protocol.v1.events import NO_HASH


def test_a_log_that_contradicts_its_head_is_refused_and_the_others_are_stored(
    own_database: ConnectionInfo, tmp_path: Path
) -> None:
    desk = Desk(tmp_path)
    damaged, *sound = (in_service(desk.town, now=NOW, name=f"PM {number}") for number in range(4))
    first = damaged.write("boot", "opened")
    desk.hear(damaged, first)
    with writing():
        Head.objects.filter(device_id=damaged.id).update(sequence=0, hash=NO_HASH, boot=0)
    batches = [(device, device.write("boot")) for device in sound]
    batches.insert(1, (damaged, first))
    messages = [desk.message(device.id, "up/events", Events(batch)) for device, batch in batches]
    desk.ingest.process(messages, NOW)
    assert [sequences(device) for device in sound] == [[1], [1], [1]]
    assert [desk.receipt(device).upto for device in sound] == [1, 1, 1]
    assert sequences(damaged) == [1, 2]
    assert refused() == {"unstorable": 1}
    assert desk.acknowledged == 5
