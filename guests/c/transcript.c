#include "transcript.h"

#include <stdio.h>
#include <string.h>

events_own_event_queue_t queue;
const char *base;

void begin(void) {
  base = ws_env("WS", "ws://echo.example");
  queue = events_constructor_event_queue();
}

const char *yes(bool whether) { return whether ? "yes" : "no"; }

const char *error_text(const types_error_code_t *error) {
  static const char *const names[] = {
      "invalid-state",      "invalid-argument", "access-denied", "limit-reached", "name-unresolvable",
      "connection-refused", "connection-reset", "unreachable",   "timeout",       "tls",
      "bad-handshake",      "protocol-violation", "invalid-utf8", "message-too-big", "unexpected-end", "other",
  };
  static char text[500];
  vu_string_t words = {0};
  switch (error->tag) {
    case TYPES_ERROR_CODE_INVALID_ARGUMENT:
    case TYPES_ERROR_CODE_ACCESS_DENIED:
    case TYPES_ERROR_CODE_LIMIT_REACHED:
    case TYPES_ERROR_CODE_BAD_HANDSHAKE:
    case TYPES_ERROR_CODE_PROTOCOL_VIOLATION:
      words = error->val.bad_handshake;
      break;
    case TYPES_ERROR_CODE_OTHER:
      if (error->val.other.is_some) words = error->val.other.val;
  }
  snprintf(text, sizeof text, words.len ? "%s: %.*s" : "%s", names[error->tag], TEXT(words));
  return text;
}

void result(const char *what, bool ok, sockets_error_code_t *error) {
  ws_log("%s: %s", what, ok ? "ok" : error_text(error));
  if (!ok) sockets_error_code_free(error);
}

void refusal(const char *what, bool ok, vu_string_t *error) {
  if (ok) return ws_log("%s: ok", what);
  ws_log("%s: %.*s", what, TEXT(*error));
  vu_string_free(error);
}

static void bytes(const char *kind, const events_binary_message_t *message) {
  char hex[64] = "";
  for (size_t i = 0; i < message->data.len; i++) snprintf(hex + 2 * i, 3, "%02x", message->data.ptr[i]);
  ws_log("%s %u [%s]", kind, message->socket, hex);
}

static void event_line(const events_event_t *event) {
  switch (event->tag) {
    case EVENTS_EVENT_OPENED: {
      const events_opened_t *opened = &event->val.opened;
      return ws_log("opened %u status %u protocol \"%.*s\"", opened->socket, opened->handshake.status,
                    TEXT(opened->handshake.protocol));
    }
    case EVENTS_EVENT_FAILED: {
      const events_failed_t *failed = &event->val.failed;
      unsigned status = failed->handshake.is_some ? failed->handshake.val.status : 0;
      return ws_log("failed %u status %u %s", failed->socket, status, error_text(&failed->failure.code));
    }
    case EVENTS_EVENT_TEXT:
      return ws_log("text %u \"%.*s\"", event->val.text.socket, TEXT(event->val.text.data));
    case EVENTS_EVENT_BINARY:
      return bytes("binary", &event->val.binary);
    case EVENTS_EVENT_PING:
      return bytes("ping", &event->val.ping);
    case EVENTS_EVENT_PONG:
      return bytes("pong", &event->val.pong);
    case EVENTS_EVENT_CLOSED: {
      const events_closed_t *closed = &event->val.closed;
      return ws_log("closed %u code %u \"%.*s\" %s %s", closed->socket, closed->code, TEXT(closed->reason),
                    closed->was_clean ? "clean" : "unclean",
                    closed->failure.is_some ? error_text(&closed->failure.val.code) : "no failure");
    }
    case EVENTS_EVENT_TIMER:
      return ws_log("timer %u", event->val.timer.timer);
    case EVENTS_EVENT_COMPLETED:
      return ws_log("completed %u", event->val.completed.operation);
  }
}

events_list_event_t wait_for(uint32_t max, const uint64_t *timeout) {
  events_list_event_t list;
  events_wait_error_t error;
  events_borrow_event_queue_t borrowed = events_borrow_event_queue(queue);
  if (!events_method_event_queue_wait(borrowed, max, (uint64_t *)timeout, &list, &error)) __builtin_trap();
  return list;
}

uint8_t event(void) {
  events_list_event_t list = wait_for(1, NULL);
  uint8_t kind = list.ptr[0].tag;
  event_line(&list.ptr[0]);
  events_list_event_free(&list);
  return kind;
}

sockets_own_socket_t new_socket(void) { return sockets_constructor_socket(events_borrow_event_queue(queue)); }

sockets_borrow_socket_t borrow(sockets_own_socket_t socket) { return sockets_borrow_socket(socket); }

const char *url_of(const char *path) {
  static char url[200];
  snprintf(url, sizeof url, "%s%s", base, path);
  return url;
}

void send_text(const char *what, sockets_own_socket_t socket, const char *data) {
  vu_string_t text = ws_text(data);
  sockets_error_code_t error;
  result(what, sockets_method_socket_send_text(borrow(socket), &text, &error), &error);
}

void connect_to(const char *what, sockets_own_socket_t socket, const char *url,
                       sockets_connect_options_t options) {
  vu_string_t text = ws_text(url);
  sockets_error_code_t error;
  result(what, sockets_method_socket_connect(borrow(socket), &text, &options, &error), &error);
}
