from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0001_initial'),
        ('territory', '0003_member'),
    ]

    operations = [
        migrations.AlterField(
            model_name='audiencemember',
            name='role',
            field=models.CharField(blank=True, choices=[('administrator', 'administrator'), ('agent', 'agent'), ('operator', 'operator'), ('dispatcher', 'dispatcher'), ('technician', 'technician'), ('member', 'member')], max_length=20, verbose_name='role'),
        ),
    ]
