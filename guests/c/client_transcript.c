#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "transcript.h"

static void events(const char *what, uint32_t max, uint64_t timeout) {
  events_list_event_t list = wait_for(max, &timeout);
  ws_log("%s: %zu events", what, list.len);
  events_list_event_free(&list);
}

static void state(sockets_own_socket_t socket) {
  static const char *const names[] = {"unconnected", "connecting", "open", "closing", "closed"};
  ws_log("state %s", names[sockets_method_socket_state(borrow(socket))]);
}

static void send_binary(const char *what, sockets_own_socket_t socket, const char *data, size_t size) {
  vu_list_u8_t list = {(uint8_t *)data, size};
  sockets_error_code_t error;
  result(what, sockets_method_socket_send_binary(borrow(socket), &list, &error), &error);
}

static void ping(const char *what, sockets_own_socket_t socket, size_t size) {
  static uint8_t payload[126] = "p";
  vu_list_u8_t list = {payload, size};
  sockets_error_code_t error;
  result(what, sockets_method_socket_ping(borrow(socket), &list, &error), &error);
}

static void close_socket(const char *what, sockets_own_socket_t socket, uint16_t code, const char *reason) {
  vu_string_t text = ws_text(reason);
  sockets_error_code_t error;
  result(what, sockets_method_socket_close(borrow(socket), code ? &code : NULL, &text, &error), &error);
}

static void before_connect(sockets_own_socket_t socket) {
  state(socket);
  send_text("send-text", socket, "x");
  send_binary("send-binary", socket, "x", 1);
  ping("ping", socket, 1);
  close_socket("close", socket, 1000, "");
  sockets_method_socket_abort(borrow(socket));
  state(socket);
  vu_string_t wrong = ws_text("a b");
  types_header_t header = {wrong, wrong};
  connect_to("connect to nonsense", socket, "nonsense", (sockets_connect_options_t){0});
  connect_to("connect to http", socket, "http://a.test/", (sockets_connect_options_t){0});
  connect_to("connect with a wrong protocol", socket, base, (sockets_connect_options_t){.protocols = {&wrong, 1}});
  connect_to("connect with a wrong header", socket, base, (sockets_connect_options_t){.headers = {&header, 1}});
  static char url[300000];
  memset(url, 'x', sizeof url - 1);
  memcpy(url, "ws://a.test/", strlen("ws://a.test/"));
  connect_to("connect to a long URL", socket, url, (sockets_connect_options_t){0});
}

static void conversation(sockets_own_socket_t socket) {
  vu_string_t protocols[] = {ws_text("unsupported"), ws_text("chat.v1")};
  sockets_connect_options_t options = {.protocols = {protocols, 2}};
  connect_to("connect", socket, url_of("/protocol"), options);
  event();
  state(socket);
  const char *texts[] = {"hello", "", "\xe2\x9c\x93 \xf0\x9f\x90\x8a"};
  for (int i = 0; i < 3; i++) {
    send_text("send-text", socket, texts[i]);
    event();
  }
  send_binary("send-binary", socket, "\0\1\xff", 3);
  event();
  send_binary("send-binary of nothing", socket, "", 0);
  event();
  ping("ping", socket, 1);
  event();
  ping("ping of 126 bytes", socket, 126);
  for (char digit = '0'; digit <= '9'; digit++) send_text("send-text", socket, (char[]){digit, 0});
  for (int i = 0; i < 10; i++) event();
  ws_log("buffered-amount %" PRIu64, sockets_method_socket_buffered_amount(borrow(socket)));
}

static void closing(sockets_own_socket_t socket) {
  char reason[125];
  memset(reason, 'r', 124);
  reason[124] = 0;
  close_socket("close with a reason alone", socket, 0, "bye");
  close_socket("close with a reason of 124 bytes", socket, 1000, reason);
  close_socket("close", socket, 3001, "bye");
  event();
  state(socket);
  close_socket("close again", socket, 3001, "bye");
  send_text("send-text when closed", socket, "x");
  events("after closed", 64, 0);
}

// Connects, says something once it is open, and writes what comes of it until the end.
static void attempt(const char *path, const char *message, sockets_connect_options_t options) {
  sockets_own_socket_t socket = new_socket();
  const char *url = strstr(path, "://") ? path : url_of(path);
  connect_to(path, socket, url, options);
  uint8_t kind;
  do {
    kind = event();
    if (kind == EVENTS_EVENT_OPENED && message) send_text("send-text", socket, message);
  } while (kind != EVENTS_EVENT_CLOSED && kind != EVENTS_EVENT_FAILED);
  sockets_socket_drop_own(socket);
}

static void endings(void) {
  sockets_connect_options_t none = {0};
  attempt("/push?n=3&size=4", NULL, none);
  attempt("/push?n=1&size=100", NULL, (sockets_connect_options_t){.max_message_size = {true, 10}});
  attempt("/close?code=4001&reason=oops&now=1", NULL, none);
  attempt("/close", "x", none);
  attempt("/drop", "x", none);
  attempt("/reset", "x", none);
  attempt("/garbage", "x", none);
  attempt("/fault?flip=1048", NULL, none);
  attempt("/status/404", NULL, none);
  attempt("/not-websocket", NULL, none);
  attempt("/garbage-handshake", NULL, none);
  attempt("/slow-handshake", NULL, (sockets_connect_options_t){.timeout = {true, 50 * MILLISECOND}});
  attempt("ws://blocked.test/", NULL, none);
  attempt("ws://nobody.invalid/", NULL, none);
  attempt("ws://127.0.0.1:1/", NULL, none);
}

// Speaks TLS to a server that does not.
static void securing(void) {
  char url[200];
  snprintf(url, sizeof url, "wss%s", strchr(ws_env("PLAIN", base), ':'));
  sockets_own_socket_t socket = new_socket();
  connect_to("connect by TLS", socket, url, (sockets_connect_options_t){0});
  event();
  sockets_socket_drop_own(socket);
}

// A state lasts as long as the server keeps the socket in it.
static void waiting(void) {
  sockets_own_socket_t socket = new_socket();
  connect_to("connect", socket, url_of("/slow-handshake"), (sockets_connect_options_t){0});
  state(socket);
  connect_to("connect again", socket, url_of("/slow-handshake"), (sockets_connect_options_t){0});
  send_text("send-text while connecting", socket, "x");
  ping("ping while connecting", socket, 1);
  close_socket("close while connecting", socket, 0, "");
  event();
  sockets_socket_drop_own(socket);
  socket = new_socket();
  connect_to("connect", socket, url_of("/silent"), (sockets_connect_options_t){0});
  event();
  close_socket("close", socket, 3001, "bye");
  state(socket);
  send_text("send-text while closing", socket, "x");
  ping("ping while closing", socket, 1);
  sockets_method_socket_abort(borrow(socket));
  event();
  state(socket);
  sockets_socket_drop_own(socket);
}

static void giving_up(void) {
  for (int drop = 0; drop < 2; drop++) {
    sockets_own_socket_t socket = new_socket();
    connect_to("connect", socket, url_of("/ping?n=3"), (sockets_connect_options_t){0});
    for (int i = 0; i < 4; i++) event();
    if (!drop) {
      sockets_method_socket_abort(borrow(socket));
      event();
      state(socket);
    }
    sockets_socket_drop_own(socket);
  }
  events("after a drop", 64, 20 * MILLISECOND);
}

static void timers(void) {
  events_borrow_event_queue_t borrowed = events_borrow_event_queue(queue);
  uint64_t period = 5 * MILLISECOND, due[3], missed[3];
  events("wait of 0", 0, MILLISECOND);
  events("wait without waiting", 1, 0);
  timers_own_timer_t once = timers_constructor_timer(borrowed, MILLISECOND, NULL);
  event();
  timers_timer_drop_own(once);
  timers_own_timer_t again = timers_constructor_timer(borrowed, 0, &period);
  for (int i = 0; i < 3; i++) {
    events_list_event_t list = wait_for(1, NULL);
    due[i] = list.ptr[0].val.timer.due;
    missed[i] = list.ptr[0].val.timer.missed;
    events_list_event_free(&list);
  }
  bool whole = due[1] - due[0] == period * (1 + missed[0]) && due[2] - due[1] == period * (1 + missed[1]);
  ws_log("periods are whole: %s", whole ? "yes" : "no");
  timers_timer_drop_own(again);
  // A period may have gone by before.
  uint64_t nothing = 0;
  events_list_event_t late = wait_for(64, &nothing);
  events_list_event_free(&late);
  timers_own_timer_t dropped = timers_constructor_timer(borrowed, 10 * MILLISECOND, NULL);
  timers_timer_drop_own(dropped);
  events("after the timers", 64, 30 * MILLISECOND);
}

void client_transcript(const char *data) {
  (void)data;
  begin();
  sockets_own_socket_t socket = new_socket();
  ws_log("socket %u", sockets_method_socket_id(borrow(socket)));
  before_connect(socket);
  conversation(socket);
  closing(socket);
  sockets_socket_drop_own(socket);
  endings();
  securing();
  waiting();
  giving_up();
  timers();
  events_event_queue_drop_own(queue);
}
