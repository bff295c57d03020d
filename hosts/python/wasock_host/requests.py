"""HTTP requests (RFC 9110), by the library httpx: each in a task on the thread of the connections."""

from __future__ import annotations

import asyncio
import gzip
import re
import ssl
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import ada_url
import httpcore
import httpx
from wasmtime.component import Variant

from . import clock
from .event_queue import EventQueue, Shared
from .jar import Jar, SetCookie
from .limits import BODY_BYTES, REDIRECTS, REQUEST_SECONDS
from .opening import refusal_of
from .request_meter import RequestMeter, Trace
from .target import quoted
from .transport import GrantedTransport
from .values import Record, Refusal

GIVEN_UP = "the request was given up before it was answered"

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CODINGS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress}
_KINDS = {
    "name-unresolvable": (1101, "lookup: no such host"),
    "access-denied": (1111, "hostname is blocked"),
    "unreachable": (1210, "dial: no route to host"),
    "connection-refused": (1212, "dial: connection refused"),
    "connection-reset": (1220, "read: connection reset by peer"),
    "unexpected-end": (1200, "unexpected EOF"),
    "timeout": (1050, "request timeout"),
    "tls": (1300, "tls: handshake failed"),
    "limit-reached": (1000, "limit reached"),
}
"""The numbers that k6 gives to failures, and their kinds."""

_VERSIONS = {"HTTP/1.0": "http10", "HTTP/1.1": "http11", "HTTP/2": "http2"}


@dataclass
class Plan:
    """A checked request."""

    method: str
    url: str
    user: tuple[str, str] | None
    headers: list[tuple[str, str]]
    body: bytes
    cookies: list[Record]
    timeout: float
    redirects: int
    digest: bool
    discard_body: bool


def plan(method: str, given: str, options: Record) -> Plan:
    """Checks what a guest asks for. Raises `Refusal`."""
    if not _TOKEN.fullmatch(method) or method == "CONNECT":
        raise Refusal("invalid-argument", f"{quoted(method)} is no method of a request")
    try:
        url = ada_url.URL(given)
    except ValueError:
        why = "it is malformed" if ":" in given else "relative URL without a base"
        raise Refusal("invalid-argument", f"the URL {quoted(given)}: {why}") from None
    scheme = url.protocol.removesuffix(":")
    if scheme not in ("http", "https"):
        text = f'the URL {quoted(given)} has the scheme "{scheme}" instead of http or https'
        raise Refusal("invalid-argument", text)
    user = (url.username, url.password) if url.username or url.password else None
    url.username = url.password = ""
    headers = [(header.name, header.value) for header in options.headers]
    for name, value in headers:
        if not _TOKEN.fullmatch(name) or "\r" in value or "\n" in value:
            raise Refusal("invalid-argument", f"the header name {quoted(name)} is malformed")
    body = options.body or b""
    for coding in options.encodings:
        if coding not in _CODINGS:
            raise Refusal("invalid-argument", f"wasock-host does not offer the coding {quoted(coding)}")
        body = _CODINGS[coding](body)
    if len(body) > BODY_BYTES:
        raise Refusal("limit-reached", f"a body of {BODY_BYTES} bytes")
    if options.encodings:
        headers.append(("Content-Encoding", ", ".join(options.encodings)))
    return Plan(
        method=method,
        url=url.href,
        user=user,
        headers=headers,
        body=body,
        cookies=options.cookies,
        timeout=REQUEST_SECONDS if options.timeout is None else options.timeout / 1e9,
        redirects=REDIRECTS if options.redirects is None else options.redirects,
        digest=options.authentication == "digest",
        discard_body=options.discard_body,
    )


class Request:
    """One request with its redirections."""

    def __init__(self, number: int, queue: EventQueue | None, shared: Shared):
        self.id = number
        self.has_ended = False
        self._queue = queue
        self._shared = shared
        self._outcome: Record | None = None
        self._task: asyncio.Task[None] | None = None
        self._started = False
        self._dropped = False
        self._meter: RequestMeter | None = None

    @property
    def is_under_way(self) -> bool:
        """It was started and has not ended."""
        return self._started and not self.has_ended

    @property
    def was_started(self) -> bool:
        """`start` was called."""
        return self._started

    def measure(self, meter: RequestMeter) -> None:
        """Lets a meter know of its exchanges; the first one stays."""
        self._meter = self._meter or meter

    def start(
        self, planned: Plan, jar: Jar | None, loop: asyncio.AbstractEventLoop, transport: GrantedTransport
    ) -> None:
        """Begins it."""
        self._started = True

        def begin() -> None:
            self._task = loop.create_task(self._run(planned, jar, transport))

        loop.call_soon_threadsafe(begin)

    async def _run(self, planned: Plan, jar: Jar | None, transport: GrantedTransport) -> None:
        exchange = Exchange(planned, jar, self._meter)
        try:
            async with asyncio.timeout(planned.timeout):
                outcome = await exchange.follow(transport)
        except Exception as error:
            outcome = exchange.failed(error)
        with self._shared.lock:
            self.has_ended = True
            self._outcome = outcome
            if self._queue and not self._dropped:
                self._queue.push(Variant("completed", Record(operation=self.id, at=clock.now())), 0, self)
            self._shared.changed.notify_all()

    def take(self, event: Variant) -> Variant | None:
        """The event as the guest gets it."""
        return None if self._dropped else event

    def take_outcome(self) -> Record | None:
        """How it ended; none before that, and none after the first call that returned it."""
        with self._shared.lock:
            outcome, self._outcome = self._outcome, None
            return outcome

    def drop(self, loop: asyncio.AbstractEventLoop) -> None:
        """The handle is dropped: it is given up."""
        self._dropped = True
        if self._meter and self.is_under_way:
            self._meter.given_up()
        loop.call_soon_threadsafe(lambda: self._task and self._task.cancel())


class Exchange:
    """The exchanges of a request, one after the other."""

    def __init__(self, planned: Plan, jar: Jar | None, meter: RequestMeter | None):
        self._plan = planned
        self._jar = jar
        self._meter = meter
        self._cookies = planned.cookies
        self._cookie_field = next((value for name, value in planned.headers if name.lower() == "cookie"), None)
        self._trace = Trace()
        self._sent = httpx.Request(planned.method, planned.url, headers=planned.headers, content=planned.body)

    async def follow(self, transport: GrantedTransport) -> Record:
        """Sends it, and what redirections ask for. Returns the `outcome`."""
        auth = httpx.Auth()
        if self._plan.user:
            auth = httpx.DigestAuth(*self._plan.user) if self._plan.digest else httpx.BasicAuth(*self._plan.user)
        client = httpx.AsyncClient(transport=transport, timeout=None, follow_redirects=False, trust_env=False)
        client.cookies.jar.set_policy(_NoCookies())  # the guest's jar has them
        for left in range(self._plan.redirects, -1, -1):
            self._add_cookies()
            response, body = await self._answered(client, auth)
            if response.next_request is None or left == 0:
                return self._outcome(response, body, response.next_request is not None)
            before, self._sent = self._sent, response.next_request
            if not _is_within(before.url, self._sent.url):
                auth = httpx.Auth()
                self._drop_secrets()
        raise AssertionError("there is one exchange at least")

    async def _answered(self, client: httpx.AsyncClient, auth: httpx.Auth) -> tuple[httpx.Response, bytes]:
        """The answer to who the user is: after two exchanges where the server asks for it first."""
        flow = auth.auth_flow(self._sent)
        self._sent = next(flow)
        expects_challenge = isinstance(auth, httpx.DigestAuth) and "authorization" not in self._sent.headers
        while True:
            self._begin()
            response = await client.send(self._sent, stream=True, auth=None)
            self._sent = response.request
            body = await self._body(response)
            if self._meter:
                self._meter.ended(response.status_code, expects_challenge)
            if self._jar:
                self._jar.store(str(response.request.url), response.headers.get_list("set-cookie"))
            expects_challenge = False
            try:
                self._sent = flow.send(response)
            except StopIteration:
                return response, body

    def _begin(self) -> None:
        """An exchange begins."""
        self._trace = Trace()
        self._sent.extensions["trace"] = self._trace
        if self._meter:
            self._meter.begun(self._trace)

    def _drop_secrets(self) -> None:
        """Another host must not see who the user is."""
        self._cookies, self._cookie_field = [], None
        for name in ("authorization", "proxy-authorization"):
            self._sent.headers.pop(name, None)

    def _add_cookies(self) -> None:
        own = {cookie.name for cookie in self._cookies if cookie.replace}
        known = self._jar.cookies(str(self._sent.url)) if self._jar else []
        pairs = [pair for pair in known if pair[0] not in own]
        pairs += [(cookie.name, cookie.value) for cookie in self._cookies]
        line = "; ".join(
            ([self._cookie_field] if self._cookie_field else []) + [f"{name}={value}" for name, value in pairs]
        )
        self._sent.headers.pop("cookie", None)
        if line:
            self._sent.headers["Cookie"] = line

    async def _body(self, response: httpx.Response) -> bytes:
        parts, size = [], 0
        try:
            async for part in response.aiter_bytes():
                size += len(part)
                if size > BODY_BYTES:
                    raise Refusal("limit-reached", f"a body of {BODY_BYTES} bytes")
                if not self._plan.discard_body:
                    parts.append(part)
        finally:
            await response.aclose()
        return b"".join(parts)

    def _outcome(self, response: httpx.Response, body: bytes, too_many: bool) -> Record:
        stream = response.extensions.get("network_stream")
        address = stream.get_extra_info("server_addr") if stream else None
        security = stream.get_extra_info("ssl_object") if stream else None
        answer = Record(
            status=response.status_code,
            status_text=f"{response.status_code} {response.reason_phrase}".rstrip(),
            version=_VERSIONS.get(response.http_version, "http11"),
            headers=_headers(response.headers),
            cookies=_set_cookies(response.headers.get_list("set-cookie")),
            body=body,
            too_many_redirects=too_many,
        )
        return Record(
            sent=self._what_was_sent(),
            address=f"{address[0]}:{address[1]}" if address else None,
            tls=_tls(security) if isinstance(security, ssl.SSLObject | ssl.SSLSocket) else None,
            timings=self._trace.timings(),
            answer=Variant("ok", answer),
        )

    def _what_was_sent(self) -> Record:
        cookies = [part.partition("=") for part in self._sent.headers.get("cookie", "").split("; ") if part]
        return Record(
            method=self._sent.method,
            url=str(self._sent.url),
            headers=_headers(self._sent.headers),
            cookies=[(name, value) for name, _, value in cookies],
            body_length=len(self._plan.body),
        )

    def failed(self, error: Exception) -> Record:
        """The outcome of a request that has no answer."""
        if self._meter:
            self._meter.ended()
        cause = error
        # The libraries wrap what the operating system has said.
        while not isinstance(cause, Refusal) and isinstance(inner := cause.__cause__ or cause.__context__, Exception):
            cause = inner
        ended = isinstance(cause, httpcore.RemoteProtocolError) and "disconnected" in str(cause)
        refusal = Refusal("unexpected-end") if ended else refusal_of(cause)
        number, kind = _KINDS.get(refusal.code.tag, (1000, "other"))
        if kind == "hostname is blocked" and str(refusal.code.payload).startswith("IP "):
            number, kind = 1110, "ip is blacklisted"
        text = f'{self._sent.method.capitalize()} "{self._sent.url}": {refusal}'
        return Record(
            sent=self._what_was_sent(),
            address=None,
            tls=None,
            timings=self._trace.timings(),
            answer=Variant("err", Record(code=refusal.code, number=number, kind=kind, text=text)),
        )


class _NoCookies(DefaultCookiePolicy):
    """Keeps no cookie, so that none is sent."""

    def set_ok(self, cookie: Any, request: Any) -> bool:
        return False


def _is_within(before: httpx.URL, after: httpx.URL) -> bool:
    """Whether what is for one host may go to another: the same, or one below it, and not from TLS to none."""
    if before.scheme == "https" and after.scheme != "https":
        return False
    return after.host == before.host or after.host.endswith(f".{before.host}")


def _headers(headers: httpx.Headers) -> list[Record]:
    decoded = [(name.decode("ascii", "replace"), value.decode("utf-8", "replace")) for name, value in headers.raw]
    return [Record(name=name, value=value) for name, value in decoded]


def _tls(security: Any) -> Record:
    version = {"TLSv1.2": "tls1.2", "TLSv1.3": "tls1.3"}.get(security.version(), security.version())
    return Record(version=version, cipher_suite=security.cipher()[0])


def _set_cookies(fields: list[str]) -> list[Record]:
    """What there is in `Set-Cookie` fields that are well-formed."""
    cookies = []
    for field in fields:
        try:
            cookie = SetCookie.parse(field)
        except ValueError:
            continue
        cookies.append(Record(**vars(cookie) | {"max_age": cookie.max_age or 0}))
    return cookies
