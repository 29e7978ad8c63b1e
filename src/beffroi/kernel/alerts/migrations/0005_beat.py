from django.db import migrations

# How much waits is looked up by whoever wants to know it: nobody read it here.


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_deliveries_by_the_thousand")]

    operations = [
        migrations.RemoveField(model_name="heartbeat", name="oldest_due"),
        migrations.RemoveField(model_name="heartbeat", name="queued"),
    ]
