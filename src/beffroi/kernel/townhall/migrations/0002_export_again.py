from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('townhall', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='export',
            name='again_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
