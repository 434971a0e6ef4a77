"""People, what they may do and where, and their sign-ins."""

import datetime as dt

from sqlmodel import Field, SQLModel


class Account(SQLModel, table=True):
    """A person who signs in. `password_hash` is Argon2id, empty when the person has no password (yet)."""

    id: int | None = Field(default=None, primary_key=True)
    sign_in_name: str = Field(max_length=60, unique=True)
    name: str = Field(max_length=60)
    name_en: str = Field(default="", max_length=60)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    employee_number: str | None = Field(default=None, max_length=40, unique=True)
    phone: str = Field(default="", max_length=30)
    email: str = Field(default="", max_length=120)
    locale: str = Field(default="", max_length=10)
    password_hash: str = Field(default="", max_length=200)
    must_change_password: bool = False
    active: bool = True
    oidc_subject: str | None = Field(default=None, max_length=200, unique=True)
    created_at: dt.datetime
    version: int = 1


class Grant(SQLModel, table=True):
    """One role of an account in one scope; an account holds any number of them."""

    __tablename__ = "account_grant"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    role: str = Field(max_length=20)
    scope_kind: str = Field(max_length=20)
    scope_id: int | None = None


class SignIn(SQLModel, table=True):
    """A server-side session. The browser holds a random 256-bit id; `id_sha256` is all that is stored of it."""

    __tablename__ = "sign_in"

    id_sha256: str = Field(primary_key=True, max_length=64)
    account_id: int = Field(foreign_key="account.id", index=True)
    created_at: dt.datetime
    seen_at: dt.datetime
    ends_at: dt.datetime = Field(index=True)
    address: str = Field(default="", max_length=60)
    device: str = Field(default="", max_length=120)


class Throttle(SQLModel, table=True):
    """Attempts of one key (kind, keyed hash of a name, a number or an address), and until when it has to wait."""

    key: str = Field(primary_key=True, max_length=160)
    failures: int = 0
    last_at: dt.datetime
    wait_until: dt.datetime
