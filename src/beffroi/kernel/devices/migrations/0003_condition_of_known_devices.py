"""A condition for each device that an earlier release registered."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("devices", "0002_line_and_condition")]

    operations = [
        migrations.RunSQL(
            "INSERT INTO devices_condition (device_id, authority_id) SELECT id, authority_id FROM devices_device",
            migrations.RunSQL.noop,
        )
    ]
