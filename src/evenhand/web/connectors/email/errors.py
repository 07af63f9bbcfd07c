"""What can go wrong with sending an e-mail.

EvenhandError
├── EmailNotAccepted        for good: sending the same again will fail again
├── EmailUndeliverableNow   for now: the same message may go out later
└── EmailSettingsInvalid    the settings that name the mail server and the sender
"""

from __future__ import annotations

from evenhand.vocabulary.errors import EvenhandError


class EmailNotAccepted(EvenhandError):
    """This message will never be delivered to this address. Codes: email_address_invalid, email_header_invalid, email_refused."""

    def __init__(self, code: str, message: str, **facts: object) -> None:
        super().__init__(code, message, permanent=True, **facts)


class EmailUndeliverableNow(EvenhandError):
    """Not now. Codes: email_server_unreachable, email_server_misconfigured, email_deferred."""

    def __init__(self, code: str, message: str, **facts: object) -> None:
        super().__init__(code, message, permanent=False, **facts)


class EmailSettingsInvalid(EvenhandError):
    """The mail server's URL or the sender cannot be read. The words never repeat the URL: it may hold a password."""

    def __init__(self, what: str) -> None:
        super().__init__(
            "email_settings_invalid",
            f"{what} Expected smtp://user:password@host:587?security=starttls, smtps://user:password@host, or console:, "
            "and a sender such as City of Harbor <311@harbor.example>. Special characters in user and password are percent-encoded.",
        )
