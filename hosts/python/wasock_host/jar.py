"""Cookies (RFC 6265), kept by Python's own library."""

from __future__ import annotations

from email.message import Message
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.request import Request

import ada_url

from .limits import COOKIE_BYTES, COOKIES
from .target import quoted
from .values import Record

SCHEMES = {"http": "http", "ws": "http", "https": "https", "wss": "https"}
"""As which scheme each counts."""


class _Answer:
    """An answer as the library wants it."""

    def __init__(self, fields: list[str]):
        self._message = Message()
        for value in fields:
            self._message["Set-Cookie"] = value

    def info(self) -> Message:
        """Its header fields."""
        return self._message


class Jar:
    """Cookies by domain, path and name. Errors are `ValueError`, the text for the guest."""

    def __init__(self) -> None:
        self._jar = CookieJar(DefaultCookiePolicy(netscape=True, rfc2965=False))

    def cookies(self, url: str) -> list[tuple[str, str]]:
        """Names and values of the cookies for a URL."""
        request = _request(url)
        self._jar.add_cookie_header(request)
        line = request.get_header("Cookie") or ""
        pairs = [part.partition("=") for part in line.split("; ") if part]
        return [(name, value) for name, _, value in pairs]

    def set(self, url: str, name: str, value: str, attributes: Record) -> None:
        """Stores a cookie as if the server at this URL had sent it."""
        request = _request(url)
        if not name or any(sign in name for sign in "=;, \t\r\n") or any(sign in value for sign in ";\r\n"):
            raise ValueError(f"the cookie {quoted(name)} is malformed")
        text = f"{name}={value}{_attributes(attributes)}"
        if len(text.encode()) > COOKIE_BYTES:
            raise ValueError(f"the cookie {quoted(name)} is longer than {COOKIE_BYTES} bytes")
        if len(self._jar) >= COOKIES:
            raise ValueError(f"a jar may have {COOKIES} cookies")
        age = attributes.max_age
        if age is not None and age < 1:
            return self.remove(url, name)
        made = self._jar.make_cookies(_Answer([text]), request)  # type: ignore[arg-type]
        for cookie in made:
            self._jar.set_cookie_if_ok(cookie, request)
        # One that has expired is none, and no mistake.
        if attributes.expires is None and not any(kept is cookie for kept in self._jar for cookie in made):
            raise ValueError(f"the cookie {quoted(name)} is malformed, or not for the host of {quoted(url)}")

    def store(self, url: str, fields: list[str]) -> None:
        """Stores what a server at this URL has sent; what is malformed, or not the server's to set, is left out."""
        request = _request(url)
        short = [value for value in fields if len(value.encode()) <= COOKIE_BYTES]
        if len(self._jar) < COOKIES:
            self._jar.extract_cookies(_Answer(short), request)  # type: ignore[arg-type]

    def remove(self, url: str, name: str | None = None) -> None:
        """Removes the cookies for a URL, or those of a name."""
        names = [known for known, _ in self.cookies(url) if name in (None, known)]
        host = _request(url).host.split(":")[0]
        for cookie in list(self._jar):
            domain = cookie.domain.lstrip(".").removesuffix(".local")
            if cookie.name in names and (host == domain or host.endswith("." + domain)):
                self._jar.clear(cookie.domain, cookie.path, cookie.name)


def _request(url: str) -> Request:
    try:
        parsed = ada_url.URL(url)
        parsed.protocol = SCHEMES[parsed.protocol.removesuffix(":")]
    except (ValueError, KeyError):
        why = "it is malformed" if ":" in url else "relative URL without a base"
        raise ValueError(f"the URL {quoted(url)}: {why}") from None
    # ada keeps the scheme of a URL that it would make another of; ws and wss are as special as http.
    return Request(parsed.href)


def _attributes(given: Record) -> str:
    text = "".join(
        f"; {name}={value}"
        for name, value in [("Domain", given.domain), ("Path", given.path), ("Max-Age", given.max_age)]
        if value is not None
    )
    text += "" if given.expires is None else f"; Expires={given.expires}"
    return text + ("; Secure" if given.secure else "") + ("; HttpOnly" if given.http_only else "")
