from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

# Whoever ran the migration before this one as it was first written has them; nothing reads them.
NOT_READ = """
DROP INDEX IF EXISTS grants_grant_approved_by_id_f10099f4;
DROP INDEX IF EXISTS grants_grant_confirmed_by_id_6800d956;
DROP INDEX IF EXISTS grants_grant_declined_by_id_50310328;
DROP INDEX IF EXISTS grants_grant_receiving_id_d575e0d7;
"""


class Migration(migrations.Migration):
    """Look at the rows that are there while rights are asked for and signed: each step by itself, none of them keeps anybody waiting."""

    atomic = False

    dependencies = [
        ("grants", "0004_requests_and_emergencies"),
    ]

    operations = [
        migrations.RunSQL(NOT_READ, migrations.RunSQL.noop),
        ValidateConstraint("grant", "grant_request_half_a_day"),
        ValidateConstraint("grant", "grant_waiting_is_a_request"),
        ValidateConstraint("grant", "grant_declined_is_closed"),
        ValidateConstraint("grant", "grant_confirmed_emergency"),
    ]
