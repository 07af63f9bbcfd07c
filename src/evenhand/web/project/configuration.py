"""Every setting that comes from outside, read once.

A variable has the prefix EVENHAND_ (DATABASE_URL alone has none, as is the custom). Wrong values are reported by Django's system checks
(`project/checks.py`), all at once and with a hint, rather than by the first line that trips over one.
"""

from __future__ import annotations

import secrets
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from evenhand.web.core.home_lock import HomeUnusable, make_home


class Configuration(BaseSettings):
    """The environment of one instance; each field names its variable in `.env.example` and docs/reference/settings.md."""

    model_config = SettingsConfigDict(env_prefix="EVENHAND_", env_file=".env", extra="ignore")

    home: Path = Field(default=Path("var"), description="Folder of the SQLite file, the photos, the secret key and all stores")
    database_url: str = Field(
        default="", validation_alias=AliasChoices("DATABASE_URL"), description="postgresql://… to use PostgreSQL; empty = SQLite in the home folder"
    )
    secret_key: str = Field(
        default="", description="Signs private links and seals second factors; empty = kept in the home folder, made at the first start"
    )
    secret_key_fallbacks: str = Field(
        default="", description="Former secret keys, comma separated: what they signed or sealed goes on working while the key is changed"
    )
    debug: bool = Field(default=False, description="Developer's error pages; never in a city's service")
    public_url: str = Field(default="http://127.0.0.1:8311", description="Address that residents use; stands in mails and in secure-cookie rules")
    allowed_hosts: str = Field(default="", description="Further host names, comma separated; the host of the public URL always counts")
    email_url: str = Field(default="console:", description="console: or smtp://user:password@host:587?security=starttls")
    email_from: str = Field(default="", description="Sender's address of mails; empty = 311@ the public host")
    trusted_proxies: int = Field(default=0, ge=0, description="Number of reverse proxies whose X-Forwarded-For entries are believed")
    hold_after_per_device: int = Field(default=6, ge=0, description="Anonymous reports an hour from one device before further ones are held")
    hold_after_per_network: int = Field(default=60, ge=0, description="Anonymous reports an hour from new devices of one network before holding")
    session_hours: int = Field(default=12, ge=1, le=168, description="Hours after which people of the console sign in again, however busy they are")
    session_idle_minutes: int = Field(default=60, ge=10, description="Minutes without a page after which a session of the console ends")
    second_factor: Literal["optional", "administrators", "everybody"] = Field(
        default="optional", description="Who must have a second factor to sign in: optional, administrators or everybody; everybody may"
    )

    @cached_property
    def home_folder(self) -> Path:
        """The home, made if missing, as an absolute path."""
        return make_home(self.home)

    @cached_property
    def signing_key(self) -> str:
        """The secret key: from the environment, else from `secret.key` in the home folder (made with mode 600 at the first start)."""
        if self.secret_key:
            return self.secret_key
        file = self.home_folder / "secret.key"
        if not file.exists():
            _write_once(file, secrets.token_urlsafe(50))
        key = file.read_text().strip()
        if not key:
            raise HomeUnusable(
                "secret_key_empty",
                f"{file} is empty: it held the key that signs private links. Bring it back from a backup; or delete it, and a new one is made, "
                "with which links sent so far and second factors no longer work.",
            )
        return key

    @property
    def former_keys(self) -> list[str]:
        """The fallbacks, one by one."""
        return [key for one in self.secret_key_fallbacks.split(",") if (key := one.strip())]


def _write_once(file: Path, text: str) -> None:
    """Write a file that two processes may try to make at the same moment: one of them wins, and both read the same."""
    draft = file.with_suffix(f".{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    try:
        file.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was quicker: its key is the key
    finally:
        draft.unlink()
