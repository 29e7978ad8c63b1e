import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_forgotten_people"),
        ("alerts", "0006_officials"),
        ("territory", "0005_officials"),
    ]

    operations = [
        migrations.AddField(
            model_name="preference",
            name="sms",
            field=models.CharField(
                choices=[
                    ("immediate", "for immediate alerts"),
                    ("prompt", "for immediate alerts, and those that must be known soon"),
                    ("never", "never"),
                ],
                db_default="immediate",
                default="immediate",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="channel",
            field=models.CharField(
                choices=[
                    ("screen", "screen"),
                    ("push", "phone notification"),
                    ("mail", "e-mail"),
                    ("sms", "SMS"),
                    ("webhook", "webhook"),
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Mobile",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=16)),
                ("proven_at", models.DateTimeField(blank=True, null=True)),
                ("lost_at", models.DateTimeField(blank=True, null=True)),
                ("wanted", models.CharField(blank=True, max_length=16)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("codes", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("number", ""),
                            models.Q(
                                ("lost_at", None),
                                ("number__regex", "^\\+[1-9][0-9]{7,14}$"),
                                ("proven_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="mobile_number_is_proven",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("digest", ""), ("wanted", "")),
                            models.Q(
                                ("asked_at__isnull", False),
                                ("wanted__regex", "^\\+[1-9][0-9]{7,14}$"),
                                models.Q(("digest", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="mobile_wanted_has_a_code",
                    ),
                    models.CheckConstraint(condition=models.Q(("tries__lte", 5)), name="mobile_few_tries"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TextDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("sent", models.PositiveIntegerField(default=0)),
                (
                    "authority",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="territory.authority",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("authority", "day"), name="text_day_once", nulls_distinct=False)
                ],
            },
        ),
    ]
