# ruff: noqa: I001, RUF012  (as Django wrote it)

import bench.django_app.models
import django.db.models.deletion
import django_fsm
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("external_id", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("segment", models.CharField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.CharField(default=bench.django_app.models.new_number, max_length=32, unique=True)),
                ("state", django_fsm.FSMField(default="vent", max_length=50, protected=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("channel", models.CharField(max_length=16)),
                ("severity", models.PositiveSmallIntegerField()),
                ("tags", models.JSONField(default=list)),
                ("text", models.TextField()),
                ("cause", models.CharField(blank=True, default="", max_length=64)),
                ("motive", models.CharField(blank=True, default="", max_length=64)),
                ("remedy", models.CharField(blank=True, default="", max_length=64)),
                ("opened_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="tickets.customer")),
            ],
        ),
        migrations.CreateModel(
            name="History",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("seq", models.PositiveIntegerField()),
                ("type", models.CharField(max_length=32)),
                ("transition", models.CharField(blank=True, default="", max_length=64)),
                ("from_state", models.CharField(blank=True, default="", max_length=64)),
                ("to_state", models.CharField(max_length=64)),
                ("data", models.JSONField(default=dict)),
                ("note", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("actor", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                (
                    "ticket",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="history", to="tickets.ticket"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Timer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=64)),
                ("armed_by_seq", models.PositiveIntegerField()),
                ("due_at", models.DateTimeField(db_index=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ticket",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="timers", to="tickets.ticket"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Idempotency",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=128)),
                ("body_hash", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField()),
                ("answer", models.JSONField()),
                ("etag", models.CharField(max_length=32)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="idempotency_key")],
            },
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["state", "updated_at"], name="tickets_tic_state_343bfe_idx"),
        ),
        migrations.AddConstraint(
            model_name="history",
            constraint=models.UniqueConstraint(fields=("ticket", "seq"), name="history_seq"),
        ),
    ]
