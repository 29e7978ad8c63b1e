from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('territory', '0002_organisation_serves_alter_membership_role'),
    ]

    operations = [
        migrations.AlterField(
            model_name='membership',
            name='role',
            field=models.CharField(choices=[('administrator', 'administrator'), ('agent', 'agent'), ('operator', 'operator'), ('dispatcher', 'dispatcher'), ('technician', 'technician'), ('member', 'member')], max_length=20, verbose_name='role'),
        ),
    ]
