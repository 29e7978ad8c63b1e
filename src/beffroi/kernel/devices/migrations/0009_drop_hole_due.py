from django.db import migrations


class Migration(migrations.Migration):
    """The column that left the model with 0.2.0: nobody reads or writes it any more."""

    dependencies = [
        ("devices", "0008_what_the_minter_looks_for"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE devices_hole DROP COLUMN due_at",
            "ALTER TABLE devices_hole ADD COLUMN due_at timestamp with time zone",
        ),
    ]
