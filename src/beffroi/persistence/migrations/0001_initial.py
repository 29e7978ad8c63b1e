"""What every other app's tables need: GiST over plain values (exclusion constraints) and the cache that rate limits share."""

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
        BtreeGistExtension(),
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE persistence_cache (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamptz NOT NULL
            );
            CREATE INDEX persistence_cache_expires ON persistence_cache (expires);
            """,
            "DROP TABLE persistence_cache;",
        ),
    ]
