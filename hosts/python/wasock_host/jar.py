"""Cookies (RFC 6265).

Python's own library keeps to older rules: it sends a cookie without a domain to subdomains too.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Self

import ada_url

from .limits import COOKIE_BYTES, COOKIES
from .target import quoted
from .values import Record

SCHEMES = {"http": False, "ws": False, "https": True, "wss": True}
"""The schemes, and whether `Secure` cookies are for them."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_ENDS = re.compile(r"[;\x00-\x1f\x7f-\x9f]")
"""What neither a value nor an attribute can have: it would end the cookie's field, or a part of it."""


@dataclass(frozen=True)
class Place:
    """Host and path of a URL, and whether `Secure` cookies are for it."""

    host: str
    path: str
    is_secure: bool

    @classmethod
    def of(cls, url: str) -> Self:
        """Reads a URL. Raises `ValueError`."""
        try:
            parsed = ada_url.URL(url)
        except ValueError:
            why = "it is malformed" if ":" in url else "relative URL without a base"
            raise ValueError(f"the URL {quoted(url)}: {why}") from None
        scheme = parsed.protocol.removesuffix(":")
        if scheme not in SCHEMES:
            raise ValueError(f"the URL {quoted(url)} has the scheme {quoted(scheme)}")
        is_secure = SCHEMES[scheme] or _is_loopback(parsed.hostname)
        return cls(parsed.hostname, parsed.pathname or "/", is_secure)

    @property
    def folder(self) -> str:
        """The path of a cookie that names none (section 5.1.4)."""
        return self.path[: max(1, self.path.rfind("/"))]

    def is_within(self, domain: str) -> bool:
        """Whether it is at a domain or below it (section 5.1.3)."""
        return self.host == domain or (self.host.endswith(f".{domain}") and _address(self.host) is None)

    def is_below(self, path: str) -> bool:
        """Whether it has a path or one below it (section 5.1.4)."""
        return self.path == path or (self.path.startswith(path) and (path.endswith("/") or self.path[len(path)] == "/"))


@dataclass(frozen=True)
class SetCookie:
    """A `Set-Cookie` field (section 5.2)."""

    name: str
    value: str
    domain: str = ""
    path: str = ""
    max_age: int | None = None
    expires: int | None = None
    """In seconds since 1970."""
    secure: bool = False
    http_only: bool = False

    @classmethod
    def parse(cls, field: str) -> Self:
        """Reads a field. Raises `ValueError`."""
        pair, *rest = field.split(";")
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals:
            raise ValueError("a cookie is malformed: the cookie is missing a name/value pair")
        if not name:
            raise ValueError("a cookie is malformed: the cookie's name is empty")
        parts = (part.partition("=") for part in rest)
        given = {key.strip().lower(): text.strip() for key, _, text in parts}
        return cls(
            name,
            value,
            domain=given.get("domain", "").removeprefix("."),
            path=given.get("path", ""),
            max_age=_age(given.get("max-age", "")),
            expires=seconds_of(given.get("expires", "")),
            secure="secure" in given,
            http_only="httponly" in given,
        )

    @property
    def until(self) -> float | None:
        """When it expires, in seconds since 1970, if ever."""
        return self.expires if self.max_age is None else time.time() + self.max_age


@dataclass(frozen=True)
class Kept:
    """A cookie in a jar (section 5.3)."""

    name: str
    value: str
    domain: str
    is_of_host: bool
    """It is not for subdomains."""
    path: str
    secure: bool
    until: float | None

    @property
    def has_expired(self) -> bool:
        """Whether its time is over."""
        return self.until is not None and self.until <= time.time()

    def is_for(self, place: Place) -> bool:
        """Whether it is sent there (section 5.4)."""
        at_domain = place.host == self.domain if self.is_of_host else place.is_within(self.domain)
        return at_domain and place.is_below(self.path) and (place.is_secure or not self.secure) and not self.has_expired


class Jar:
    """Cookies by domain, path and name. Errors are `ValueError`, the text for the guest."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], Kept] = {}

    def cookies(self, url: str) -> list[tuple[str, str]]:
        """Names and values of the cookies for a URL: those of the longest path first, of one path by name."""
        found = sorted(self._for(url), key=lambda cookie: (-len(cookie.path), cookie.name))
        return [(cookie.name, cookie.value) for cookie in found]

    def set(self, url: str, name: str, value: str, attributes: Record) -> None:
        """Stores a cookie as if the server at this URL had sent it."""
        place = Place.of(url)
        cookie = _parse(_field(name, value, attributes))
        if attributes.expires is not None and cookie.expires is None:
            raise ValueError(f"the cookie {name} expires at {quoted(attributes.expires)}, which is no date")
        try:
            self._insert(cookie, place)
        except ValueError as error:
            raise ValueError(f"the cookie {name} cannot be set: {error}") from None

    def store(self, url: str, fields: list[str]) -> None:
        """Stores what a server at this URL has sent; what is malformed, or not the server's to set, is left out."""
        place = Place.of(url)
        for field in fields:
            try:
                self._insert(_parse(field), place)
            except ValueError:
                continue

    def remove(self, url: str, name: str | None = None) -> None:
        """Removes the cookies for a URL, or those of a name."""
        for cookie in self._for(url):
            if name in (None, cookie.name):
                del self._kept[cookie.domain, cookie.path, cookie.name]

    def _for(self, url: str) -> list[Kept]:
        place = Place.of(url)
        return [cookie for cookie in self._kept.values() if cookie.is_for(place)]

    def _insert(self, cookie: SetCookie, place: Place) -> None:
        if len(self._kept) >= COOKIES:
            self._kept = {key: kept for key, kept in self._kept.items() if not kept.has_expired}
        if len(self._kept) >= COOKIES:
            raise ValueError(f"the jar has {COOKIES} cookies, which is the most")
        domain = cookie.domain.lower()
        if domain and not place.is_within(domain):
            raise ValueError("request-uri does not domain-match the cookie")
        path = cookie.path if cookie.path.startswith("/") else place.folder
        kept = Kept(cookie.name, cookie.value, domain or place.host, not domain, path, cookie.secure, cookie.until)
        self._kept.pop((kept.domain, path, kept.name), None)
        # One that has expired takes the one of its name along, and does not stay.
        if not kept.has_expired:
            self._kept[kept.domain, path, kept.name] = kept


def seconds_of(date: str) -> int | None:
    """A date of HTTP's (RFC 9110, section 5.6.7) in seconds since 1970, if it is one."""
    try:
        parsed = parsedate_to_datetime(date)
    except ValueError:
        return None
    return int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())


def _parse(field: str) -> SetCookie:
    if len(field.encode()) > COOKIE_BYTES:
        raise ValueError(f"a cookie is longer than {COOKIE_BYTES} bytes")
    return SetCookie.parse(field)


def _age(text: str) -> int | None:
    if not re.fullmatch(r"-?[0-9]+", text):
        return None
    # More is as good as never, and no clock has it.
    return max(0, min(int(text[:19]), 1 << 53))


def _address(host: str) -> str | None:
    """The IP address that a host of a URL is, if it is one."""
    text = host.removeprefix("[").removesuffix("]")
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine: `Secure` cookies are for it by any scheme."""
    address = _address(host)
    return host == "localhost" if address is None else ip_address(address).is_loopback


def _field(name: str, value: str, given: Record) -> str:
    """What a server would send to set the cookie."""
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{quoted(name)} is not a name that a cookie can have")
    parts = [f"{name}={_checked(name, value)}"]
    for attribute, text in [("Domain", given.domain), ("Path", given.path), ("Expires", given.expires)]:
        if text is not None:
            parts.append(f"{attribute}={_checked(attribute, text)}")
    if given.max_age is not None:
        parts.append(f"Max-Age={given.max_age}")
    parts += ["Secure"] if given.secure else []
    parts += ["HttpOnly"] if given.http_only else []
    return "; ".join(parts)


def _checked(name: str, text: str) -> str:
    if _ENDS.search(text):
        raise ValueError(f"{name}: {quoted(text)} has a character that cookies cannot have")
    return text
