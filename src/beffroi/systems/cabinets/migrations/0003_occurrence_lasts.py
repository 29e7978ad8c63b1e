from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cabinets", "0002_occurrence"),
    ]

    operations = [
        migrations.AddField(
            model_name="occurrence",
            name="lasting_sequence",
            field=models.BigIntegerField(default=0),
        ),
    ]
