// Messages as fast as they go: `make bench-guests` counts them.

// Sends a message, and sends it again each time it has come back.
void ping_pong(const char *data);

// Takes what the server sends.
void flood(const char *data);
