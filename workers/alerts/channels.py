"""The ways of telling: mail, a webhook, a command of this machine. Each gets through or says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from store import machine, machine_command
from store.alerts import PLACEHOLDER, SMTP_SECRET, WEBHOOK_SECRET, Email, Webhook
from store.errors import ConfigurationError, KeyProblem, SegportError
from store.keys import secrets
from workers.alerts import words
from workers.destinations.address import origin_of

if TYPE_CHECKING:
    import smtplib
    import ssl
    from collections.abc import Callable
    from email.message import EmailMessage

    from store.alerts import Alerts
    from store.journal.alerts import Message
    from store.keys.key import Key
    from store.workspace import Workspace

CHANNELS: Final = ("email", "webhook", "command")
_PATIENCE: Final = 10.0
_PORTS: Final = "Look at port and security: usually 587 with starttls, 465 with tls."
_OWN: Final = "For an authority of your own: alert_certificates in this machine's configuration."


class NotDelivered(SegportError):
    """An alert did not get through."""


def send(workspace: Workspace, wanted: Alerts, message: Message) -> None:
    """Send one message by its way.

    Raises:
        SegportError: it did not get through, in a sentence without a secret.
    """
    try:
        _WAYS[message.channel](workspace, wanted, message)
    except SegportError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a library finds wrong stops nothing
        reason = type(error).__name__
        raise NotDelivered(
            f"The {message.channel} cannot be sent as it is set up ({reason})."
        ) from None


def check_webhook(url: str) -> str:
    """The origin of a webhook's address.

    Raises:
        ConfigurationError: it is no plain HTTPS address, nor one on this machine.
    """
    try:
        return origin_of(url.replace(PLACEHOLDER, "secret"))
    except ConfigurationError as error:
        reason = error.message.replace("The base URL", "The webhook's address")
        raise ConfigurationError(reason, "Give one that begins with https://.") from None


def _mail(workspace: Workspace, wanted: Alerts, message: Message) -> None:
    import smtplib
    import ssl

    email = wanted.email
    if email is None:
        raise NotDelivered("No email is set up any more.")
    password = _secret(workspace, SMTP_SECRET, email.origin) if email.user else None
    where = f"The mail server {email.server}:{email.port}"
    try:
        with _connected(email) as server:
            if email.user and password is not None:
                _log_in(server, where, email.user, password)
            server.send_message(_letter(workspace, email, message))
    except smtplib.SMTPAuthenticationError:
        raise NotDelivered(f"{where} refused the user or the password.") from None
    except smtplib.SMTPResponseException as error:
        # Its words may quote anything, so only the number is told.
        raise NotDelivered(f"{where} answered {error.smtp_code}.") from None
    except smtplib.SMTPRecipientsRefused:
        raise NotDelivered(f"{where} refused the recipients.") from None
    except ssl.SSLCertVerificationError as error:
        raise NotDelivered(
            f"{where} shows a certificate that is not trusted here: {error.verify_message}.", _OWN
        ) from None
    except (smtplib.SMTPServerDisconnected, ssl.SSLError):
        raise NotDelivered(f"{where} does not speak as {email.security} does.", _PORTS) from None
    except smtplib.SMTPException as error:
        raise NotDelivered(f"{where} cannot be used ({type(error).__name__}).") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NotDelivered(
            f"{where} cannot be reached ({reason}).", "Look at its name and its port."
        ) from None


def _log_in(server: smtplib.SMTP, where: str, user: str, password: Key) -> None:
    import smtplib

    try:
        server.login(user, password.reveal())
    except smtplib.SMTPNotSupportedError:
        raise NotDelivered(
            f"{where} takes no login as it is reached here.", f"Leave the user empty. {_PORTS}"
        ) from None


def _connected(email: Email) -> smtplib.SMTP:
    import smtplib
    import socket

    # The name of this machine as it is set: to ask for a longer one could take a resolver minutes.
    name = socket.gethostname()
    if email.security == "tls":
        return smtplib.SMTP_SSL(
            email.server, email.port, local_hostname=name, timeout=_PATIENCE,
            context=_trust(),
        )  # fmt: skip
    server = smtplib.SMTP(email.server, email.port, local_hostname=name, timeout=_PATIENCE)
    if email.security == "starttls":
        try:
            server.starttls(context=_trust())
        except smtplib.SMTPNotSupportedError:
            server.close()
            raise NotDelivered(
                f"The mail server {email.server}:{email.port} offers no STARTTLS.",
                f"{_PORTS} A server on this machine may do without: security none.",
            ) from None
        except BaseException:
            server.close()
            raise
    return server


def _trust() -> ssl.SSLContext:
    """Whose certificates are believed: those of the system, and this machine's own authorities."""
    import ssl

    context = ssl.create_default_context()
    own = machine.load().alert_certificates
    if own is not None:
        try:
            context.load_verify_locations(own)
        except (OSError, ssl.SSLError) as error:
            reason = getattr(error, "strerror", None) or "it holds no certificate"
            raise NotDelivered(f"{own} cannot be used for alerts ({reason}).", _OWN) from None
    return context


def _letter(workspace: Workspace, email: Email, message: Message) -> EmailMessage:
    from email.message import EmailMessage
    from email.utils import formatdate, make_msgid

    letter = EmailMessage()
    letter["Subject"] = words.subject(message)
    letter["From"] = email.sender
    letter["To"] = ", ".join(email.to)
    letter["Date"] = formatdate(localtime=False)
    letter["Message-ID"] = make_msgid(domain="segport.invalid")
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(words.body(message, workspace.root.name))
    return letter


def _post(workspace: Workspace, wanted: Alerts, message: Message) -> None:
    import httpx

    from workers.destinations.base import NotSent
    from workers.destinations.transport import trouble_of

    webhook = wanted.webhook
    if webhook is None:
        raise NotDelivered("No webhook is set up any more.")
    origin = check_webhook(webhook.url)
    url, headers = _addressed(workspace, webhook, origin)
    try:
        # No proxy of the environment, no redirect: what was agreed on is where it goes.
        with httpx.Client(
            timeout=_PATIENCE, follow_redirects=False, trust_env=False, verify=_trust()
        ) as client:
            answer = client.post(
                url, json=words.payload(message, workspace.root.name), headers=headers
            )
    except httpx.TransportError as error:
        trouble = trouble_of(error.__cause__)  # httpcore's
        how = "cannot be reached" if isinstance(trouble, NotSent) else "gave no usable answer"
        raise NotDelivered(f"The webhook at {origin} {how}: {trouble.reason}.") from None
    if not answer.is_success:
        told = "redirects elsewhere" if answer.is_redirect else f"answered {answer.status_code}"
        raise NotDelivered(f"The webhook at {origin} {told}.")


def _addressed(workspace: Workspace, webhook: Webhook, origin: str) -> tuple[str, dict[str, str]]:
    if PLACEHOLDER in webhook.url:
        key = _secret(workspace, WEBHOOK_SECRET, origin)
        return webhook.url.replace(PLACEHOLDER, key.reveal()), {}
    if secrets.where_is_key(workspace, WEBHOOK_SECRET, origin) is None:
        return webhook.url, {}
    key = _secret(workspace, WEBHOOK_SECRET, origin)
    return webhook.url, {"Authorization": f"Bearer {key.reveal()}"}


def _run(workspace: Workspace, wanted: Alerts, message: Message) -> None:
    command = machine.load().alert_command
    if not command:
        raise NotDelivered("This machine's configuration has no alert_command any more.")
    text = f"{words.subject(message)}\n\n{words.body(message, workspace.root.name)}\n"
    try:
        machine_command.run(command, "alert command", given=text.encode())
    except machine_command.CommandFailed as error:
        raise NotDelivered(error.message) from None


def _secret(workspace: Workspace, name: str, origin: str) -> Key:
    try:
        return secrets.find_key(workspace, name, origin).key
    except KeyProblem as error:
        what = "password of the mail server" if name == SMTP_SECRET else "secret of the webhook"
        raise NotDelivered(
            f"The {what} is missing, was given for another server, or cannot be read.",
            "Give it with `segport alert set`.",
        ) from error


_WAYS: Final[dict[str, Callable[[Workspace, Alerts, Message], None]]] = {
    "email": _mail,
    "webhook": _post,
    "command": _run,
}
