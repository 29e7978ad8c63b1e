import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from beffroi.persistence.roles import grant_app_role


def grant(_apps, schema_editor):
    grant_app_role(schema_editor.connection)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('territory', '0005_officials'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('state', models.CharField(choices=[('waiting', 'being made'), ('ready', 'ready'), ('erased', 'erased')], default='waiting', max_length=10, verbose_name='state')),
                ('ready_at', models.DateTimeField(blank=True, null=True, verbose_name='ready at')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='erased at')),
                ('size', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='size in bytes')),
                ('digest', models.CharField(blank=True, max_length=64, verbose_name='SHA-256')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.authority', verbose_name='authority')),
            ],
            options={
                'verbose_name': 'export',
                'indexes': [models.Index(fields=['authority', 'asked_at'], name='export_by_time')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('authority',), name='export_one_at_a_time'), models.CheckConstraint(condition=models.Q(('state', 'waiting'), models.Q(('ends_at__isnull', False), ('ready_at__isnull', False), ('size__isnull', False)), _connector='OR'), name='export_ready_is_whole')],
            },
        ),
        migrations.CreateModel(
            name='Thing',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('cabinets', 'street cabinets'), ('cameras', 'cameras'), ('lamps', 'street lamps'), ('bike-racks', 'bike racks'), ('wifi', 'Wi-Fi access points'), ('boards', 'notice boards and screens'), ('barriers', 'barriers and bollards'), ('buildings', 'buildings under watch'), ('sensors', 'sensors (water, air, noise, parking)'), ('reports', 'ways to report a fault'), ('counters', 'counters and help centres'), ('other', 'something else')], max_length=20, verbose_name='what')),
                ('place', models.CharField(max_length=120, verbose_name='which, or where')),
                ('count', models.PositiveIntegerField(verbose_name='how many')),
                ('owner', models.CharField(blank=True, max_length=160, verbose_name='whose')),
                ('connected', models.CharField(choices=[('none', 'none'), ('some', 'some'), ('all', 'all'), ('unknown', 'not known')], default='unknown', max_length=10, verbose_name='connected')),
                ('answers', models.CharField(blank=True, max_length=160, verbose_name='who answers for them')),
                ('changed_at', models.DateTimeField(verbose_name='changed at')),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.authority', verbose_name='authority')),
            ],
            options={
                'verbose_name': 'line of the inventory',
                'constraints': [models.UniqueConstraint(fields=('authority', 'kind', 'place'), name='thing_once', violation_error_message='This line is in the inventory already: change it there.')],
            },
        ),
        migrations.CreateModel(
            name='Tick',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('step', models.CharField(max_length=60, verbose_name='step')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.authority', verbose_name='authority')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'step done',
                'constraints': [models.UniqueConstraint(fields=('authority', 'step'), name='tick_once')],
            },
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
