from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('townhall', '0002_export_again'),
    ]

    operations = [
        migrations.AlterField(
            model_name='export',
            name='state',
            field=models.CharField(choices=[('waiting', 'being made'), ('ready', 'ready to take'), ('erased', 'file erased')], default='waiting', max_length=10, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='thing',
            name='connected',
            field=models.CharField(choices=[('none', 'none of them'), ('some', 'some of them'), ('all', 'all of them'), ('unknown', 'nobody knows')], default='unknown', max_length=10, verbose_name='connected'),
        ),
    ]
