"""What has just changed: which rows a screen that is open should look at again. Kept for an hour."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("persistence", "0001_initial")]
    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE persistence_change (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
                at timestamptz NOT NULL DEFAULT now(),
                authority uuid NOT NULL,
                topic varchar(40) NOT NULL,
                subject uuid NOT NULL
            );
            CREATE INDEX persistence_change_xid ON persistence_change (xid, id);
            CREATE INDEX persistence_change_at ON persistence_change (at);
            """,
            "DROP TABLE persistence_change;",
        ),
    ]
