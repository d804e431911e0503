"""What a sent contact holds: checked, and parted into fields, custom fields and control keys."""

from __future__ import annotations

import re
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple

from workers.sandbox.answers import bad_request

if TYPE_CHECKING:
    from workers.sandbox.modes import Modes

READ_ONLY = frozenset(
    {
        "contact_id",
        "created_at",
        "updated_at",
        "Name",
        "type",
        "lists",
        "api_originated",
        "company_priority",
        "employeesRange",
        "first_visit_at",
        "first_conversion_at",
        "anywhere_page_visits",
        "anywhere_form_submits",
        "anywhere_utm",
        "mail_received",
        "mail_opened",
        "mail_clicked",
        "mail_bounced",
        "mail_hardbounced",
        "mail_complained",
        "mail_unsubscribed",
        "custom_fields",
        "_rev",
        "_id",
    }
)
TEXT_FIELDS = frozenset(
    {
        "Email",
        "Twitter",
        "FirstName",
        "LastName",
        "Salutation",
        "Company",
        "Title",
        "Industry",
        "Phone",
        "MobilePhone",
        "Fax",
        "Website",
        "MailingStreet",
        "MailingCity",
        "MailingState",
        "MailingPostalCode",
        "MailingCountry",
        "owner_name",
        "LeadSource",
        "Status",
        "LinkedIn",
    }
)
CONTROL_KEYS = frozenset(("_autopilot_list", "_autopilot_session_id", "_NewEmail", "notify"))
_APART = READ_ONLY | CONTROL_KEYS | {"custom", "Unsubscribed"}

# WHATWG's definition of a valid address, with a dot required in the domain.
_ADDRESS = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+"
    r"@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+",
    re.ASCII,
)
_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)


class Prepared(NamedTuple):
    """One contact, ready to be stored."""

    key: str | None
    """The folded address; None without one."""
    sent_email: str | None
    """The address as it was sent."""
    fields: dict[str, Any]
    custom: dict[str, tuple[str, Any]]
    list_id: str | None
    new_email: str | None


def is_address(key: str) -> bool:
    """Whether a folded address is one."""
    return len(key) <= 254 and _ADDRESS.fullmatch(key) is not None


def folded(email: object) -> str | None:
    """The address that identifies a contact."""
    return (email.strip().lower() or None) if isinstance(email, str) else None


class Field(NamedTuple):
    """A custom field as a key of `custom` names it."""

    kind: str
    name: str
    types: tuple[type, ...]
    """The types of JSON values that fit."""


_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str, NoneType),
    "integer": (int, NoneType),
    "float": (float, int, NoneType),
    "boolean": (bool, NoneType),
    "date": (str, NoneType),
}


class FieldNames:
    """Reads `type--Name--of--field`, remembering what it has read."""

    def __init__(self) -> None:
        self._known: dict[str, Field] = {}

    def read(self, key: str) -> Field:
        """Type and display name.

        Raises:
            Refused: the key is not written like that.
        """
        found = self._known.get(key)
        if found is None:
            kind, dashes, name = key.partition("--")
            if not dashes or not name or kind not in _JSON_TYPES:
                raise bad_request(f'Invalid custom field "{key}".')
            found = Field(kind, name.replace("--", " "), _JSON_TYPES[kind])
            if len(self._known) < 10_000:
                self._known[key] = found
        return found


_TEXT_ONLY = {str}


class Reader:
    """Prepares contacts under the modes of the moment."""

    def __init__(self, modes: Modes, names: FieldNames, known: dict[str, str]) -> None:
        self._modes = modes
        self._check_addresses = modes.invalid_email == "rejected"
        self._check_values = modes.check_values
        self._names = names
        self._known = known
        self.new_fields: dict[str, str] = {}

    def read(self, contact: object) -> Prepared:
        """One contact of a request; takes it apart.

        Raises:
            Refused: the call is a 400.
        """
        if not isinstance(contact, dict) or not contact:
            raise bad_request("No contact details provided.")
        apart = {name: contact.pop(name) for name in _APART & contact.keys()}
        if isinstance(apart.get("Unsubscribed"), bool):
            contact.setdefault("unsubscribed", apart["Unsubscribed"])
        if self._check_values:
            self._check(contact)
        email, list_id = contact.get("Email"), apart.get("_autopilot_list")
        key = self._address(email)
        new_email = apart.get("_NewEmail")
        custom = apart.get("custom")
        return Prepared(
            key,
            email if key else None,
            contact,
            self._custom(custom) if custom else {},
            list_id if isinstance(list_id, str) and list_id else None,
            new_email if new_email and self._address(new_email) else None,
        )

    def _address(self, email: object) -> str | None:
        """The folded address."""
        key = folded(email)
        if key and self._check_addresses and not is_address(key):
            raise bad_request("Invalid email address provided.")
        return key

    def _check(self, fields: dict[str, Any]) -> None:
        if _TEXT_ONLY.issuperset(map(type, fields.values())) and "unsubscribed" not in fields:
            return
        for name, value in fields.items():
            if value is None:
                continue
            if name == "unsubscribed":
                fits = isinstance(value, bool)
            else:
                fits = isinstance(value, str) or name not in TEXT_FIELDS
            if not fits:
                raise bad_request(f'Invalid value provided for "{name}".')

    def _custom(self, custom: object) -> dict[str, tuple[str, Any]]:
        if not isinstance(custom, dict):
            raise bad_request("Invalid custom fields provided.")
        found: dict[str, tuple[str, Any]] = {}
        known, read, check = self._known, self._names.read, self._check_values
        for key, value in custom.items():
            kind, name, types = read(key)
            if known.get(name) != kind:
                self._meet(kind, name)
            if check and (
                type(value) not in types
                or (kind == "date" and value and not _DATE.fullmatch(value))
            ):
                raise bad_request(f'Invalid value provided for custom field "{name}" ({kind}).')
            found[name] = (kind, value)
        return found

    def _meet(self, kind: str, name: str) -> None:
        """A field that is not known, or known with another type."""
        existing = self._known.get(name) or self.new_fields.get(name)
        if existing is None:
            if self._modes.undeclared_fields == "rejected":
                raise bad_request(f'Custom field "{name}" does not exist.')
            self.new_fields[name] = kind
        elif existing != kind and self._modes.type_conflicts == "rejected":
            raise bad_request(f'Custom field "{name}" is of type {existing}, not {kind}.')
