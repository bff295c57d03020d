#include "speed.h"

#include "wasock.h"

static const char text[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

// The next event of the connection, or NULL when there is none, or when the host asks the test to end.
static const events_event_t *next(void) {
  const events_event_t *event = ws_next(WS_FOREVER);
  if (!event || event->tag != EVENTS_EVENT_FAILED) return event;
  wasock_throw("no connection: %s", ws_describe(&event->val.failed.failure.code));
  return NULL;
}

static ws_socket connection(void) { return ws_connect(ws_env("URL", "ws://echo.example/echo"), (ws_options){0}); }

void ping_pong(const char *data) {
  (void)data;
  ws_socket socket = connection();
  const events_event_t *event;
  while ((event = next()) && event->tag != EVENTS_EVENT_CLOSED)
    if (event->tag == EVENTS_EVENT_OPENED || event->tag == EVENTS_EVENT_TEXT) ws_send(&socket, text);
  ws_drop(&socket);
}

void flood(const char *data) {
  (void)data;
  ws_socket socket = connection();
  unsigned long messages = 0;
  const events_event_t *event;
  while ((event = next()) && event->tag != EVENTS_EVENT_CLOSED) messages += event->tag == EVENTS_EVENT_TEXT;
  if (event) ws_log("%lu messages", messages);
  ws_drop(&socket);
}
