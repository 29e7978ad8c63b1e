import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_forgotten_people'),
    ]

    operations = [
        # The new one first: no moment without.
        migrations.AddConstraint(
            model_name='person',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), condition=models.Q(('email', ''), _negated=True), name='person_address_unique', violation_error_message='This address already has an account.'),
        ),
        migrations.RemoveConstraint(
            model_name='person',
            name='person_email_unique',
        ),
        migrations.AlterField(
            model_name='person',
            name='email',
            field=models.EmailField(blank=True, max_length=254, verbose_name='e-mail address'),
        ),
    ]
