import django.db.models.deletion
import django.db.models.lookups
from django.db import migrations, models

from beffroi.persistence.roles import grant_app_role


def grant(_apps, schema_editor):
    grant_app_role(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('territory', '0003_member'),
    ]

    operations = [
        migrations.CreateModel(
            name='LegalNotice',
            fields=[
                ('authority', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='legal', serialize=False, to='territory.authority', verbose_name='authority')),
                ('siren', models.CharField(blank=True, max_length=9, verbose_name='SIREN')),
                ('director', models.CharField(blank=True, max_length=160, verbose_name='publication director')),
                ('host_name', models.CharField(blank=True, max_length=160, verbose_name='host’s name')),
                ('host_address', models.TextField(blank=True, max_length=400, verbose_name='host’s address')),
                ('host_phone', models.CharField(blank=True, max_length=30, verbose_name='host’s telephone')),
                ('dpo_name', models.CharField(blank=True, max_length=160, verbose_name='data protection officer')),
                ('dpo_email', models.EmailField(blank=True, max_length=254, verbose_name='data protection officer’s e-mail')),
                ('dpo_address', models.TextField(blank=True, max_length=400, verbose_name='data protection officer’s postal address')),
                ('audit_rate', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='criteria met, in per cent')),
                ('audit_on', models.DateField(blank=True, null=True, verbose_name='audited on')),
                ('auditor', models.CharField(blank=True, max_length=160, verbose_name='audited by')),
                ('gaps', models.TextField(blank=True, max_length=4000, verbose_name='what isn’t accessible yet')),
                ('plan', models.URLField(blank=True, verbose_name='address of the accessibility plan')),
                ('help_email', models.EmailField(blank=True, max_length=254, verbose_name='whom to write to about accessibility')),
            ],
            options={
                'verbose_name': 'legal notice',
            },
        ),
        migrations.CreateModel(
            name='Logo',
            fields=[
                ('authority', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='drawing', serialize=False, to='territory.authority', verbose_name='authority')),
                ('digest', models.CharField(max_length=16)),
                ('wide', models.BinaryField(max_length=400000)),
                ('square', models.BinaryField(max_length=400000)),
                ('width', models.PositiveSmallIntegerField()),
                ('height', models.PositiveSmallIntegerField()),
            ],
            options={
                'verbose_name': 'logo',
            },
        ),
        migrations.AddField(
            model_name='authority',
            name='address',
            field=models.TextField(blank=True, db_default='', default='', max_length=400, verbose_name='postal address'),
        ),
        migrations.AddField(
            model_name='authority',
            name='domain',
            field=models.CharField(blank=True, db_default='', default='', max_length=253, verbose_name='domain'),
        ),
        migrations.AddField(
            model_name='authority',
            name='email',
            field=models.EmailField(blank=True, db_default='', default='', max_length=254, verbose_name='e-mail'),
        ),
        migrations.AddField(
            model_name='authority',
            name='logo',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=16, verbose_name='logo'),
        ),
        migrations.AddField(
            model_name='authority',
            name='opening',
            field=models.TextField(blank=True, db_default='', default='', max_length=400, verbose_name='opening hours, in words'),
        ),
        migrations.AddField(
            model_name='authority',
            name='phone',
            field=models.CharField(blank=True, db_default='', default='', max_length=30, verbose_name='telephone'),
        ),
        migrations.AddField(
            model_name='authority',
            name='short_name',
            field=models.CharField(blank=True, db_default='', default='', max_length=24, verbose_name='name where room is short'),
        ),
        migrations.AddConstraint(
            model_name='authority',
            constraint=models.CheckConstraint(condition=models.Q(('logo__regex', '^([0-9a-f]{16})?$')), name='authority_logo_digest'),
        ),
        migrations.AddConstraint(
            model_name='authority',
            constraint=models.UniqueConstraint(condition=models.Q(('domain', ''), _negated=True), fields=('domain',), name='authority_domain_unique', violation_error_message='Another authority has this domain.'),
        ),
        migrations.AddConstraint(
            model_name='authority',
            constraint=models.CheckConstraint(condition=models.Q(('domain__regex', '^(([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9])?$')), name='authority_domain_shape', violation_error_message='A domain looks like beffroi.town.example, in small letters, with nothing before or after.'),
        ),
        migrations.AddConstraint(
            model_name='legalnotice',
            constraint=models.CheckConstraint(condition=models.Q(('siren__regex', '^([0-9]{9})?$')), name='legal_siren_shape', violation_error_message='A SIREN has nine figures.'),
        ),
        migrations.AddConstraint(
            model_name='legalnotice',
            constraint=models.CheckConstraint(condition=models.Q(('audit_rate__isnull', True), ('audit_rate__lte', 100), _connector='OR'), name='legal_rate_is_a_share', violation_error_message='A rate lies between 0 and 100.'),
        ),
        migrations.AddConstraint(
            model_name='legalnotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('audit_on__isnull', True), ('audit_rate__isnull', True)), models.Q(('audit_on__isnull', False), ('audit_rate__isnull', False)), _connector='OR'), name='legal_rate_has_a_date', violation_error_message='A rate goes with the date of its audit.'),
        ),
        migrations.AddConstraint(
            model_name='logo',
            constraint=models.CheckConstraint(condition=models.Q(('digest__regex', '^[0-9a-f]{16}$')), name='logo_digest'),
        ),
        migrations.AddConstraint(
            model_name='logo',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.LessThanOrEqual(models.Func('wide', function='octet_length', output_field=models.IntegerField()), 400000), name='logo_wide_small'),
        ),
        migrations.AddConstraint(
            model_name='logo',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.LessThanOrEqual(models.Func('square', function='octet_length', output_field=models.IntegerField()), 400000), name='logo_square_small'),
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
