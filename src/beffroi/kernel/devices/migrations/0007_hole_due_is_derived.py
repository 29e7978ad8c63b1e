from django.db import migrations, models


class Migration(migrations.Migration):
    """When a hole is due follows from since when it is one. The column stays for the release before, which reads and writes it."""

    dependencies = [
        ("devices", "0006_indexes_read"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="hole", name="hole_by_due"),
        migrations.AlterField(model_name="hole", name="due_at", field=models.DateTimeField(null=True)),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="hole", name="due_at")]
        ),
    ]
