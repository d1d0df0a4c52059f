"""Signatures by the letter of Standard Webhooks, and what a receiver may ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.outbox.signing import OutboxSecretInvalid, Signer, retry_after

AT = datetime(2021, 2, 25, 12, 37, 9, tzinfo=UTC)


def test_the_example_of_the_specification():
    at = datetime.fromtimestamp(1614265330, UTC)
    signer = Signer("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signer.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', at)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_without_a_secret_nothing_is_signed():
    assert "webhook-signature" not in Signer(None).headers("id", b"{}", AT)


@pytest.mark.parametrize("secret", ["whsec_", "hello world", "whsec_äöü", "whsec_abc"])
def test_what_is_no_secret_is_refused(secret):
    with pytest.raises(OutboxSecretInvalid):
        Signer(secret)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        (None, None),
        ("120", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("99999999999999999999", timedelta(hours=24)),
        ("Thu, 25 Feb 2021 12:47:09 GMT", timedelta(minutes=10)),
        ("Thu, 25 Feb 2021 12:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("²", None),
    ],
)
def test_retry_after(value, wait):
    assert retry_after(value, AT) == wait
