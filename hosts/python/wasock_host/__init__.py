"""wasock's guests in Python: an instance of a component with WebSocket connections, on wasmtime."""

from .guest import Guest
