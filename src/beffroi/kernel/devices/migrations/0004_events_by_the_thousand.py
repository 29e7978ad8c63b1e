import django.db.models.deletion
from django.db import migrations, models

# Events come in by COPY, hundreds at once: what each refers to is checked once a statement instead of once a row and constraint, and
# more is checked: an event lies in its own device's batch, within its range. Batches and events are never rewritten (the
# application's role may not), so that inserting and deleting are all there is to watch.
TOGETHER = """
ALTER TABLE devices_deviceevent DROP CONSTRAINT event_of_a_scoped_device;
CREATE FUNCTION devices_events_lie_in_their_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM fresh AS event LEFT JOIN devices_signedbatch AS batch
            ON batch.id = event.batch_id AND batch.authority_id = event.authority_id AND batch.device_id = event.device_id
            AND event.sequence BETWEEN batch.first AND batch.last
        WHERE batch.id IS NULL
    ) THEN
        RAISE EXCEPTION 'an event outside its batch' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER devices_event_in_its_batch AFTER INSERT ON devices_deviceevent
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION devices_events_lie_in_their_batch();
CREATE FUNCTION devices_batches_outlive_their_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM gone JOIN devices_deviceevent AS event ON event.batch_id = gone.id) THEN
        RAISE EXCEPTION 'a batch that still proves events' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER devices_batch_after_its_events AFTER DELETE ON devices_signedbatch
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION devices_batches_outlive_their_events();
"""
ONE_BY_ONE = """
DROP TRIGGER devices_batch_after_its_events ON devices_signedbatch;
DROP FUNCTION devices_batches_outlive_their_events();
DROP TRIGGER devices_event_in_its_batch ON devices_deviceevent;
DROP FUNCTION devices_events_lie_in_their_batch();
ALTER TABLE devices_deviceevent ADD CONSTRAINT event_of_a_scoped_device
    FOREIGN KEY (authority_id, device_id) REFERENCES devices_device (authority_id, id);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0003_condition_of_known_devices"),
    ]

    operations = [
        # Where (device, sequence) is unique, (device, boot, sequence) is too.
        migrations.RemoveConstraint(model_name="deviceevent", name="event_once_a_boot"),
        migrations.AlterField(
            model_name="deviceevent",
            name="authority",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="territory.authority",
            ),
        ),
        migrations.AlterField(
            model_name="deviceevent",
            name="device",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="devices.device",
            ),
        ),
        migrations.AlterField(
            model_name="deviceevent",
            name="batch",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="devices.signedbatch",
            ),
        ),
        migrations.AlterField(
            model_name="signedbatch",
            name="authority",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="territory.authority",
            ),
        ),
        migrations.RunSQL(TOGETHER, ONE_BY_ONE),
    ]
