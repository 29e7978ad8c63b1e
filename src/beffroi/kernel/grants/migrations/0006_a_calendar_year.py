import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    """Bound by calendar years what is signed from now on. What is there keeps the days that it was signed by (`longest`)."""

    dependencies = [
        ("grants", "0005_rights_as_they_must_be"),
        ("territory", "0011_kinds_of_public_safety"),
    ]

    operations = [
        migrations.AddField(
            model_name="convention",
            name="years",
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="convention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("years__isnull", True),
                    (
                        "valid_until__lte",
                        models.Func(
                            models.Value("Europe/Paris"),
                            django.db.models.expressions.CombinedExpression(
                                models.Func(
                                    models.Value("Europe/Paris"),
                                    models.F("valid_from"),
                                    function="timezone",
                                    output_field=models.DateTimeField(),
                                ),
                                "+",
                                models.Func(
                                    models.F("years"), function="make_interval", output_field=models.DurationField()
                                ),
                            ),
                            function="timezone",
                            output_field=models.DateTimeField(),
                        ),
                    ),
                    _connector="OR",
                ),
                name="convention_years",
                violation_error_message="The law does not let a convention of this system last so long.",
            ),
        ),
    ]
