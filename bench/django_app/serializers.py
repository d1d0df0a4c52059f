from __future__ import annotations

from rest_framework import serializers

from bench.django_app.models import Customer, Ticket


class CustomerRef(serializers.Serializer):
    id = serializers.UUIDField()


class OpenRequest(serializers.Serializer):
    customer = CustomerRef()
    channel = serializers.ChoiceField(["phone", "web", "sms", "email", "shop"])
    severity = serializers.IntegerField(min_value=1, max_value=4)
    tags = serializers.ListField(child=serializers.CharField(max_length=64), max_length=20)
    text = serializers.CharField(max_length=20_000)


class StepRequest(serializers.Serializer):
    transition = serializers.ChoiceField(["vented", "apologized", "diagnosed", "resolved"])
    data = serializers.DictField()
    note = serializers.CharField(max_length=20_000, allow_null=True, required=False)


class CustomerOut(serializers.ModelSerializer):
    class Meta:
        model = Customer
        fields = ("id", "external_id", "segment")


class TicketOut(serializers.ModelSerializer):
    customer = CustomerOut(read_only=True)

    class Meta:
        model = Ticket
        fields = (
            "id",
            "number",
            "state",
            "version",
            "channel",
            "severity",
            "tags",
            "opened_at",
            "updated_at",
            "customer",
        )
        read_only_fields = fields
