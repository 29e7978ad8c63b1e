import django.db.models.deletion
from django.db import migrations, models

from beffroi.persistence.roles import grant_app_role

# What was given to a relay by the version before this one, and by the former one that runs meanwhile: as far as it is there.
SERVED_NOW = """
INSERT INTO video_served (authority_id, camera_id, relay_id, since)
SELECT authority_id, id, relay_id, coalesce(sealed_at, added_at) FROM video_camera WHERE relay_id IS NOT NULL
ON CONFLICT DO NOTHING;
"""


def grant(_apps, schema_editor):
    grant_app_role(schema_editor.connection)


class Migration(migrations.Migration):
    """Which relay was ever given which camera."""

    dependencies = [
        ("territory", "0011_kinds_of_public_safety"),
        ("video", "0005_once_and_over"),
    ]

    operations = [
        migrations.CreateModel(
            name="Served",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="territory.authority"
                    ),
                ),
                (
                    "camera",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="served", to="video.camera"
                    ),
                ),
                (
                    "relay",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="video.relay"),
                ),
            ],
            options={
                "verbose_name": "camera given to a relay",
                "constraints": [models.UniqueConstraint(fields=("authority", "camera", "relay"), name="served_once")],
            },
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
        migrations.RunSQL(SERVED_NOW, migrations.RunSQL.noop),
    ]
