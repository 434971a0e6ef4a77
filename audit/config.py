"""Settings: every `ROUNDS_*` variable with its meaning, typed; unsafe values are refused outside demo mode.

`python -m audit settings` lists them. Streamlit's own options stand in `.streamlit/config.toml`.
"""

from functools import lru_cache
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from audit.errors import RoundsError

NUMBER_PATTERN = r"^[^{}]*\{year\}[^{}]*\{serial\}[^{}]*$"  # anything else would give a number twice, or none
POSTGRESQL = ("postgresql+psycopg://", "postgresql://")
# Which addresses a setting takes: any other would be read as a file's name, or fail when somebody needs it.
ADDRESSES = {
    "database_url": (*POSTGRESQL, "sqlite:///"),
    "queue_url": POSTGRESQL,
    "photo_store": ("s3://",),
    "public_url": ("https://", "http://"),
    "smtp_url": ("mailto://", "mailtos://"),
    "sms_url": ("https://", "http://"),
}
PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """All settings. Times are in the unit that the name ends with; what is or may hold a password is a `SecretStr`."""

    model_config = SettingsConfigDict(env_prefix="ROUNDS_", extra="ignore")

    home: Path = Field(default=PROJECT / "var", description="The one data folder: database, photos, documents, caches.")
    database_url: SecretStr = Field(
        default=SecretStr(""), description="SQLAlchemy address of the database; empty: SQLite in the data folder."
    )
    photo_store: str = Field(
        default="",
        description="Where photos and documents are kept: empty (data folder), a folder, or s3://bucket/prefix.",
    )
    queue_url: SecretStr = Field(
        default=SecretStr(""), description="Job queue: empty (SQLite in the data folder) or a PostgreSQL address."
    )
    demo: bool = Field(default=False, description="Demo mode: one-tap personas at sign-in. Never with real data.")
    public_url: str = Field(
        default="",
        description="Address under which people reach the app, also in QR codes; empty: http://localhost:<port>.",
    )
    host: str = Field(default="localhost", description="Address the server listens on.")
    port: int = Field(default=8501, ge=1, le=65535, description="Port the server listens on.")
    trusted_proxies: str = Field(
        default="", description="Comma-separated addresses of proxies whose X-Forwarded-For and -Proto are believed."
    )
    session_hours: int = Field(default=12, ge=1, le=24 * 30, description="A sign-in ends after this long without use.")
    session_days: int = Field(default=14, ge=1, le=90, description="A sign-in ends after this long in any case.")
    password_minimum: int = Field(default=10, ge=8, description="Fewest characters of a password.")
    sign_in_workers: int = Field(default=2, ge=1, description="Password checks at one time (64 MiB of memory each).")
    photo_workers: int = Field(default=2, ge=1, description="Processes that decode photos.")
    report_workers: int = Field(default=2, ge=1, description="Processes that lay out documents.")
    job_workers: int = Field(default=1, ge=0, description="Job worker processes the launcher starts; 0: none.")
    originals_days: int = Field(default=365, ge=1, description="Original photos are deleted after this many days.")
    heads: str = Field(
        default="", description="Folder elsewhere in which the history's daily head is noted too; empty: none."
    )
    operator_zh: str = Field(default="渝移公司", description="Name of the operator in Chinese, on documents.")
    operator_en: str = Field(default="Yu Mobile", description="Name of the operator in English, on documents.")
    notice_number: str = Field(
        default="渝移市整改〔{year}〕{serial}号",
        max_length=60,
        pattern=NUMBER_PATTERN,
        description="Number of a rectification notice; {year} and {serial} are filled in.",
    )
    report_number: str = Field(
        default="渝移市〔{year}〕{serial}号",
        max_length=60,
        pattern=NUMBER_PATTERN,
        description="Number of an issued visit report; {year} and {serial} are filled in.",
    )
    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="Mail server as mailto(s)://user:password@host:port?from=address; empty: no channel by e-mail.",
    )
    webhook_hosts: str = Field(
        default="", description="Comma-separated hosts (host or host:port) that webhooks may go to; empty: no webhooks."
    )
    code_channel: str = Field(
        default="console",
        description="How one-time codes are sent: sms (by ROUNDS_SMS_URL; by e-mail to who has no phone), email, or"
        " console (the server's log: for trying out).",
    )
    sms_url: SecretStr = Field(
        default=SecretStr(""),
        description='The text gateway: address that takes {"phone", "message"} as JSON; empty: no texts.',
    )
    vote_key: SecretStr = Field(
        default=SecretStr(""),
        description="Secret outside the database for the hashes of voters and of throttled addresses, and for vote"
        " tokens; the same in every process, set before the first vote and not changed in a season.",
    )
    oidc_issuer: str = Field(default="", description="OpenID Connect issuer; empty: sign-in by password only.")
    oidc_client_id: str = Field(default="", description="OpenID Connect client.")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="OpenID Connect client secret.")

    @model_validator(mode="after")
    def _on_this_machine(self) -> Self:
        self.home = self.home.absolute()  # child processes and fontconfig would look for it elsewhere
        self.public_url = self.public_url or f"http://localhost:{self.port}"
        return self

    @property
    def effective_database_url(self) -> str:
        """The database address with the default filled in."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.home / 'rounds.sqlite3'}"

    @property
    def https(self) -> bool:
        """Whether people reach the app over TLS: decides the cookie's name and its Secure flag."""
        return self.public_url.startswith("https://")

    @property
    def cookie_name(self) -> str:
        """The session cookie's name: `__Host-` under TLS, so that no other host or path can set it."""
        return "__Host-rounds" if self.https else "rounds"

    @property
    def contest_cookie_name(self) -> str:
        """The cookie of a contestant's sign-in on the light pages, made like the other and never taken for it."""
        return f"{self.cookie_name}-contest"

    def check(self) -> "Settings":
        """These settings, or `settings.unsafe` when they would put real data at risk."""
        for name, kinds in ADDRESSES.items():
            _check_kind(name, getattr(self, name), kinds)
        local = ("localhost", "127.0.0.1", "::1")
        if not self.https and self.host not in local and not self.demo:
            raise RoundsError(
                "settings.unsafe",
                name="ROUNDS_PUBLIC_URL",
                reason="passwords would travel in the clear; use https://, or `audit serve --tls`",
            )
        self._check_codes()
        if self.oidc_issuer and not self.oidc_client_id:
            raise RoundsError("settings.unsafe", name="ROUNDS_OIDC_CLIENT_ID", reason="missing")
        return self

    def _check_codes(self) -> None:
        """A channel for one-time codes that cannot work is told at the start, not by people who wait for a code."""
        needs = {"console": True, "email": bool(self.smtp_url), "sms": bool(self.sms_url)}
        if self.code_channel not in needs:
            raise RoundsError(
                "settings.unsafe", name="ROUNDS_CODE_CHANNEL", reason=f"one of {', '.join(needs)} is needed"
            )
        if not needs[self.code_channel]:
            lacks = {"email": "ROUNDS_SMTP_URL", "sms": "ROUNDS_SMS_URL"}[self.code_channel]
            raise RoundsError("settings.unsafe", name=lacks, reason="one-time codes are to go out by it")

    def check_contest(self) -> None:
        """`settings.unsafe` when no season may run with these settings: its votes and codes would be for anybody."""
        if not self.vote_key:
            reason = "missing; whoever reads the database could find out who voted, and vote for others"
            raise RoundsError("settings.unsafe", name="ROUNDS_VOTE_KEY", reason=reason)
        if self.code_channel == "console":
            reason = "console writes one-time codes to the log, where nobody receives and others read them"
            raise RoundsError("settings.unsafe", name="ROUNDS_CODE_CHANNEL", reason=reason)


def _check_kind(name: str, value: str | SecretStr, kinds: tuple[str, ...]) -> None:
    address = value.get_secret_value() if isinstance(value, SecretStr) else value
    if "://" not in address and name == "photo_store":
        return  # a folder
    if address and not address.startswith(kinds):
        reason = f"{' or '.join(kinds)} is needed"
        raise RoundsError("settings.unsafe", name=f"ROUNDS_{name.upper()}", reason=reason)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once from the environment and checked; `settings.unsafe` names a wrong one."""
    try:
        found = Settings().check()
        found.home.mkdir(parents=True, exist_ok=True)
    except ValidationError as error:
        wrong = error.errors(include_input=False)[0]
        name = f"ROUNDS_{str(wrong['loc'][0]).upper()}"
        raise RoundsError("settings.unsafe", name=name, reason=wrong["msg"]) from None
    except OSError as error:
        raise RoundsError("settings.unsafe", name="ROUNDS_HOME", reason=error.strerror) from error
    return found
