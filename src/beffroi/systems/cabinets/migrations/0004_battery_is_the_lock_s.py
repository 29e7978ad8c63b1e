from django.db import migrations

# What a release before this one kept of locks that have said nothing since.
KNOWN = """
UPDATE devices_condition AS condition SET battery = cabinet.battery
FROM cabinets_cabinet AS cabinet
WHERE condition.device_id = cabinet.lock_id AND condition.battery IS NULL AND cabinet.battery IS NOT NULL
"""


class Migration(migrations.Migration):
    """The battery is the lock's, whose condition keeps it. The column stays for the release before, which reads and writes it."""

    dependencies = [
        ("cabinets", "0003_occurrence_lasts"),
        ("devices", "0003_condition_of_known_devices"),
    ]

    operations = [
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="cabinet", name="cabinet_battery_percent"),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="cabinet", name="battery")]
        ),
    ]
