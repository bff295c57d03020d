// How many messages a host moves: `pingPong` sends one and waits for its echo, `flood` takes what a server pushes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasock.h"

static void report(const char *what, uint64_t count, timers_instant_t start) {
  double seconds = (double)(timers_now() - start) / 1e9;
  ws_log("%s: %.0f messages per second", what, (double)count / seconds);
}

// The message: so many bytes, text or binary.
static void run(const char *what, const char *path, bool replies) {
  uint64_t count = strtoull(ws_env("COUNT", "10000"), NULL, 10), seen = 0;
  size_t size = strtoull(ws_env("SIZE", "64"), NULL, 10);
  bool binary = atoi(ws_env("BINARY", "0"));
  char *message = calloc(size + 1, 1);
  memset(message, 'x', size);
  char url[300];
  snprintf(url, sizeof url, path, ws_env("WS", "ws://echo.example"), (unsigned long long)count, (unsigned long long)size);
  ws_socket socket = ws_connect(url, (ws_options){0});
  timers_instant_t start = timers_now();
  const events_event_t *event;
  while (seen < count && (event = ws_next(WS_FOREVER))) {
    if (event->tag == EVENTS_EVENT_FAILED || event->tag == EVENTS_EVENT_CLOSED) {
      wasock_throw("the connection to %s has ended", url);
      break;
    }
    if (event->tag == EVENTS_EVENT_OPENED) start = timers_now();
    bool is_message = event->tag == EVENTS_EVENT_TEXT || event->tag == EVENTS_EVENT_BINARY;
    seen += is_message;
    if (replies && (is_message || event->tag == EVENTS_EVENT_OPENED) && seen < count) {
      if (binary) ws_send_binary(&socket, message, size);
      else ws_send(&socket, message);
    }
  }
  report(what, seen, start);
  ws_drop(&socket);
  free(message);
}

static void ping_pong(const char *data) {
  (void)data;
  run("ping-pong", "%s/echo", true);
}

static void flood(const char *data) {
  (void)data;
  run("flood", "%s/push?n=%llu&size=%llu", false);
}

const wasock_test_t wasock_test = {.functions = {{"pingPong", ping_pong}, {"flood", flood}, {"default", ping_pong}}};
