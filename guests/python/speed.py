"""Messages as fast as they go: `make bench-guests` counts them."""

from wasock import connect, env, log

TEXT = "x" * 64


def connection():
    return connect(env("URL", "ws://echo.example/echo"))


async def ping_pong(_data):
    """Sends a message, and sends it again each time it has come back."""
    async with connection() as socket:
        socket.send(TEXT)
        async for _ in socket:
            socket.send(TEXT)


async def flood(_data):
    """Takes what the server sends."""
    messages = 0
    async with connection() as socket:
        async for _ in socket:
            messages += 1
    log(f"{messages} messages")
