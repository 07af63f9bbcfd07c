"""E-mail: `OutgoingEmail` goes through an `EmailConnector` (SMTP, console or fake), named by one URL."""

from evenhand.web.connectors.email.client import EmailConnector, SmtpConnector, connector_from_url
from evenhand.web.connectors.email.console import ConsoleConnector
from evenhand.web.connectors.email.errors import EmailNotAccepted, EmailSettingsInvalid, EmailUndeliverableNow
from evenhand.web.connectors.email.fake import FakeEmail
from evenhand.web.connectors.email.message import OutgoingEmail

__all__ = [
    "ConsoleConnector",
    "EmailConnector",
    "EmailNotAccepted",
    "EmailSettingsInvalid",
    "EmailUndeliverableNow",
    "FakeEmail",
    "OutgoingEmail",
    "SmtpConnector",
    "connector_from_url",
]
