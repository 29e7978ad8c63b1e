from django.db import migrations


def entrust(apps, schema_editor):
    """Where one authority is alone, it is the one that registered its partners."""
    authorities = list(apps.get_model('territory', 'Authority').objects.all()[:2])
    if len(authorities) == 1:
        partners = apps.get_model('territory', 'Organisation').objects.filter(serves=None, authority=None, steward=None)
        partners.update(steward=authorities[0])


class Migration(migrations.Migration):

    dependencies = [
        ('territory', '0006_stewards_and_invitations'),
    ]

    operations = [
        migrations.RunPython(entrust, migrations.RunPython.noop),
    ]
