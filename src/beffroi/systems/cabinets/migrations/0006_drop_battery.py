from django.db import migrations


class Migration(migrations.Migration):
    """The column that left the model with 0.2.0: nobody reads or writes it any more."""

    dependencies = [
        ("cabinets", "0005_imported"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE cabinets_cabinet DROP COLUMN battery",
            "ALTER TABLE cabinets_cabinet ADD COLUMN battery smallint",
        ),
    ]
