"""Which releases changed the tables, and the oldest whose code still runs on what they left: persistence/release.py."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("persistence", "0002_change")]
    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE persistence_release (
                version text PRIMARY KEY,
                oldest text NOT NULL,
                at timestamptz NOT NULL DEFAULT now()
            );
            """,
            "DROP TABLE persistence_release;",
        ),
    ]
