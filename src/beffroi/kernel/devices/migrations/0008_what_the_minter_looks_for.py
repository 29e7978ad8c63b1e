from django.db import migrations, models


class Migration(migrations.Migration):
    """Every two seconds the minter looks who has no certificate for the line, and who is refused."""

    dependencies = [
        ("devices", "0007_hole_due_is_derived"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="device",
            index=models.Index(
                condition=models.Q(("line_certificate", "")), fields=["registered_at"], name="device_without_line"
            ),
        ),
        migrations.AddIndex(
            model_name="device",
            index=models.Index(condition=models.Q(("state", "retired")), fields=["id"], name="device_struck_off"),
        ),
    ]
