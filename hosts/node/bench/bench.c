// Messages there and back, one at a time, and messages that a server pushes: what a host can carry. See docs/hosts.md.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasock.h"

static ws_socket connect_to(const char *path) {
  static char url[256];
  snprintf(url, sizeof url, "%s%s", ws_env("WS", "ws://127.0.0.1:8765"), path);
  return ws_connect(url, (ws_options){0});
}

/** Sends 64 bytes, and again when they come back, COUNT times. */
static void ping_pong(const char *data) {
  (void)data;
  char text[65];
  memset(text, 'x', 64);
  text[64] = 0;
  long left = atol(ws_env("COUNT", "10000"));
  ws_socket socket = connect_to("/echo");
  const events_event_t *event;
  while ((event = ws_next(WS_FOREVER)) && event->tag != EVENTS_EVENT_CLOSED) {
    if (event->tag == EVENTS_EVENT_FAILED) {
      wasock_throw("no connection");
      break;
    }
    if (left-- > 0) ws_send(&socket, text);
    else ws_close(&socket, 1000, "");
  }
  ws_drop(&socket);
}

/** Takes COUNT messages of 64 bytes that the server sends as fast as they are taken. */
static void flood(const char *data) {
  (void)data;
  char path[64];
  snprintf(path, sizeof path, "/push?n=%s&size=64", ws_env("COUNT", "10000"));
  ws_socket socket = connect_to(path);
  const events_event_t *event;
  while ((event = ws_next(WS_FOREVER)) && event->tag != EVENTS_EVENT_CLOSED) {
    if (event->tag == EVENTS_EVENT_FAILED) {
      wasock_throw("no connection");
      break;
    }
  }
  ws_drop(&socket);
}

const wasock_test_t wasock_test = {
    .options = "{\"vus\": 1, \"iterations\": 1}",
    .functions = {{"default", ping_pong}, {"flood", flood}},
};
