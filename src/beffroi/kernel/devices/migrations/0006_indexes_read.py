import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What comes by the thousand keeps no index that nothing reads: each costs every event, batch or task that is stored."""

    dependencies = [
        ("devices", "0005_batch_age"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="deviceevent", name="event_by_arrival"),
        migrations.RemoveIndex(model_name="signedbatch", name="batch_by_device"),
        migrations.AlterField(
            model_name="signedbatch",
            name="device",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="devices.device",
            ),
        ),
        # A task is found by (device, sequence, sink), which is unique, and by when it is due.
        migrations.AlterField(
            model_name="sinktask",
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
            model_name="sinktask",
            name="device",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="devices.device",
            ),
        ),
    ]
