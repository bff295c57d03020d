"""Frames (RFC 6455, section 5), by the library `websockets`, without any opinion on what a guest closes with."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.extensions import Extension
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side, State

from .values import Refusal

TEXTS = {
    "reserved bits must be 0": "Reserved bits are non-zero",
    "incorrect masking": "Received a masked frame from the server",
    "control frame too long": "Control frame too big (payload must be 125 bytes or less)",
    "fragmented control frame": "Fragmented control frame",
    "unexpected continuation frame": "Continue frame but nothing to continue",
    "close frame too short": "Invalid close sequence",
    "invalid status code": "Invalid close sequence",
}
"""What the library says of a breach, in the words of wasock's other hosts: scripts match on them."""


class Frames(Protocol):
    """The frames of a connection that is open."""

    def __init__(self, message_bytes: int, extensions: Sequence[Extension]):
        super().__init__(Side.CLIENT, state=State.OPEN, max_size=message_bytes)
        self.extensions = list(extensions)

    def encode(self, opcode: Opcode, payload: bytes) -> bytes:
        """The bytes of a frame that the guest sends."""
        return Frame(opcode, payload).serialize(mask=True, extensions=self.extensions)

    def note_close_sent(self) -> None:
        """The guest has sent a close frame: that of the peer is its answer, and is not to be answered."""
        if self.state is State.OPEN:
            self.close_sent = Close(CloseCode.NO_STATUS_RCVD, "")
            self.state = State.CLOSING

    def fail(self, code: int, reason: str = "") -> None:
        """Tells the peer that it broke the protocol: by the code, as wasock's other hosts do."""
        super().fail(code)

    def received(self) -> list[Frame]:
        """The frames that have come since the last call."""
        return [frame for frame in self.events_received() if isinstance(frame, Frame)]

    def breach(self) -> Refusal | None:
        """How the peer broke the protocol, if it did. The close frame that tells it is in `data_to_send` then."""
        match self.parser_exc:
            case None:
                return None
            case PayloadTooBig():
                return Refusal("message-too-big")
            case UnicodeDecodeError():
                return Refusal("invalid-utf8")
            case ProtocolError() as error:
                return Refusal("protocol-violation", _text(error))
            case error:
                return Refusal("other", str(error))


def _text(error: ProtocolError) -> str:
    text = str(error)
    if text == "invalid opcode":
        # The number is in the cause alone: "7 is not a valid Opcode".
        return f"Encountered invalid opcode: {str(error.__cause__).split()[0]}"
    return TEXTS.get(text, text)


def close_payload(code: int | None, reason: str) -> bytes:
    """The payload of a close frame. The code is put on the wire as it is."""
    return b"" if code is None else struct.pack("!H", code) + reason.encode()
