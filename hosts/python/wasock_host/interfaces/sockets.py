"""`wasock:websocket/sockets`."""

from ..event_queue import EventQueue
from ..guest_state import GuestState
from ..interface import Interface
from ..sockets import Socket


def define(interface: Interface, state: GuestState) -> None:
    """Defines the interface."""

    def make(queue: EventQueue) -> Socket:
        return Socket(state.next_id("socket"), queue, state.shared, state.connections)

    interface.resource("socket", lambda socket: leave(socket, state))
    interface.constructor("socket", make)
    interface.methods(
        "socket",
        id=lambda socket: socket.link.id,
        state=lambda socket: socket.link.seen,
        connect=Socket.connect,
        send_text=Socket.send_text,
        send_binary=Socket.send_binary,
        ping=Socket.ping,
        close=Socket.close,
        abort=lambda socket: socket.link.give_up(),
        skip=lambda socket, messages: socket.link.skip(messages),
        buffered_amount=lambda socket: socket.link.buffered,
    )


def leave(socket: Socket, state: GuestState) -> None:
    """The handle of a socket is dropped."""
    socket.link.detach()
    if socket.link.state == "closing":
        state.leaving.append(socket.link)
