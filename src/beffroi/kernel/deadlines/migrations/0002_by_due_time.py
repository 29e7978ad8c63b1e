from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deadlines", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="deadline", name="deadline_by_end"),
        migrations.AddIndex(
            model_name="deadline", index=models.Index(fields=["authority", "due_at"], name="deadline_by_time")
        ),
    ]
