"""Makes the tables and the customers, prints a token: `python -m bench.django_app.prepare < ids`."""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.django_app.settings")


def prepare(customer_ids: list[str]) -> str:
    django.setup()
    call_command("migrate", verbosity=0)

    from django.contrib.auth.models import User
    from rest_framework.authtoken.models import Token

    from bench.django_app.models import Customer

    Customer.objects.bulk_create(
        Customer(id=identifier, external_id=f"c{n:05d}", name=f"客户{n:05d}", segment="mass")
        for n, identifier in enumerate(customer_ids)
    )
    user = User.objects.create_user("bench", is_staff=True)
    return str(Token.objects.create(user=user).key)


if __name__ == "__main__":
    print(prepare(sys.stdin.read().split()))
