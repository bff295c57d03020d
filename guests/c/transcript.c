#include "transcript.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasock.h"

#define TEXT(string) (int)(string).len, (const char *)(string).ptr

static const uint64_t MILLISECOND = 1000000;

static const char *const states[] = {"unconnected", "connecting", "open", "closing", "closed"};

static events_own_event_queue_t queue;
static const char *base;

// The name of an error, and its text if it has one.
static const char *error_text(const types_error_code_t *error) {
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
    case TYPES_ERROR_CODE_TLS:
    case TYPES_ERROR_CODE_BAD_HANDSHAKE:
    case TYPES_ERROR_CODE_PROTOCOL_VIOLATION:
      words = error->val.tls;
      break;
    case TYPES_ERROR_CODE_OTHER:
      if (error->val.other.is_some) words = error->val.other.val;
  }
  snprintf(text, sizeof text, words.len ? "%s: %.*s" : "%s", names[error->tag], TEXT(words));
  return text;
}

static void result(const char *what, bool ok, sockets_error_code_t *error) {
  ws_log("%s: %s", what, ok ? "ok" : error_text(error));
  if (!ok) sockets_error_code_free(error);
}

static void refusal(const char *what, bool ok, vu_string_t *error) {
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

static events_list_event_t wait_for(uint32_t max, const uint64_t *timeout) {
  events_list_event_t list;
  events_wait_error_t error;
  events_borrow_event_queue_t borrowed = events_borrow_event_queue(queue);
  if (!events_method_event_queue_wait(borrowed, max, (uint64_t *)timeout, &list, &error)) __builtin_trap();
  return list;
}

// Writes one event, and says which kind it was.
static uint8_t event(void) {
  events_list_event_t list = wait_for(1, NULL);
  uint8_t kind = list.ptr[0].tag;
  event_line(&list.ptr[0]);
  events_list_event_free(&list);
  return kind;
}

static void events(const char *what, uint32_t max, uint64_t timeout) {
  events_list_event_t list = wait_for(max, &timeout);
  ws_log("%s: %zu events", what, list.len);
  events_list_event_free(&list);
}

static sockets_own_socket_t new_socket(void) { return sockets_constructor_socket(events_borrow_event_queue(queue)); }

static sockets_borrow_socket_t borrow(sockets_own_socket_t socket) { return sockets_borrow_socket(socket); }

static void state(sockets_own_socket_t socket) {
  ws_log("state %s", states[sockets_method_socket_state(borrow(socket))]);
}

static void send_text(const char *what, sockets_own_socket_t socket, const char *data) {
  vu_string_t text = ws_text(data);
  sockets_error_code_t error;
  result(what, sockets_method_socket_send_text(borrow(socket), &text, &error), &error);
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

static void connect_to(const char *what, sockets_own_socket_t socket, const char *url,
                       sockets_connect_options_t options) {
  vu_string_t text = ws_text(url);
  sockets_error_code_t error;
  result(what, sockets_method_socket_connect(borrow(socket), &text, &options, &error), &error);
}

static const char *url_of(const char *path) {
  static char url[200];
  snprintf(url, sizeof url, "%s%s", base, path);
  return url;
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
  attempt("/garbage", "x", none);
  attempt("/status/404", NULL, none);
  attempt("/not-websocket", NULL, none);
  attempt("/garbage-handshake", NULL, none);
  attempt("/slow-handshake", NULL, (sockets_connect_options_t){.timeout = {true, 50 * MILLISECOND}});
  attempt("ws://blocked.test/", NULL, none);
  attempt("ws://127.0.0.1:1/", NULL, none);
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

static void http(void) {
  events_borrow_event_queue_t borrowed = events_borrow_event_queue(queue);
  http_own_request_t request = http_constructor_request(&borrowed);
  char url[200];
  snprintf(url, sizeof url, "http%s/http/status/418", base + strlen("ws"));
  vu_string_t method = ws_text("GET"), address = ws_text(url), wrong = ws_text("a b");
  http_request_options_t options = {0};
  http_error_code_t error;
  http_borrow_request_t handle = http_borrow_request(request);
  result("request of a wrong method", http_method_request_start(handle, &wrong, &address, &options, NULL, &error),
         &error);
  result("request", http_method_request_start(handle, &method, &address, &options, NULL, &error), &error);
  event();
  http_outcome_t outcome;
  if (http_method_request_take(handle, &outcome)) {
    ws_log("status %u", outcome.answer.val.ok.status);
    http_outcome_free(&outcome);
  }
  ws_log("taken again: %s", http_method_request_take(handle, &outcome) ? "yes" : "no");
  http_request_drop_own(request);
}

static void cookie_jar(void) {
  cookies_own_jar_t jar = cookies_constructor_jar();
  cookies_borrow_jar_t handle = cookies_borrow_jar(jar);
  vu_string_t url = ws_text("ws://a.test/"), name = ws_text("a"), value = ws_text("b"), nonsense = ws_text("nonsense");
  vu_string_t error;
  cookies_attributes_t none = {0};
  refusal("set", cookies_method_jar_set(handle, &url, &name, &value, &none, &error), &error);
  refusal("set for nonsense", cookies_method_jar_set(handle, &nonsense, &name, &value, &none, &error), &error);
  vu_list_tuple2_string_string_t list;
  if (cookies_method_jar_cookies(handle, &url, &list, &error) && list.len == 1)
    ws_log("cookie %.*s=%.*s", TEXT(list.ptr[0].f0), TEXT(list.ptr[0].f1));
  cookies_jar_drop_own(jar);
}

static void measuring(void) {
  vu_string_t name = ws_text("transcript"), wrong = ws_text("a b"), error;
  uint32_t first = 0, second = 1, other;
  refusal("declare", metrics_declare(&name, METRICS_KIND_COUNTER, METRICS_CONTENTS_DEFAULT, &first, &error), &error);
  refusal("declare again", metrics_declare(&name, METRICS_KIND_COUNTER, METRICS_CONTENTS_DEFAULT, &second, &error),
          &error);
  ws_log("the same: %s", first == second ? "yes" : "no");
  refusal("declare as another", metrics_declare(&name, METRICS_KIND_TREND, METRICS_CONTENTS_DEFAULT, &other, &error),
          &error);
  refusal("declare a wrong name", metrics_declare(&wrong, METRICS_KIND_TREND, METRICS_CONTENTS_DEFAULT, &other, &error),
          &error);
  ws_add(first, 3);
  ws_check("transcript", true);
  vu_string_t tag = ws_text("language"), value = ws_text("any");
  tags_set(&tag, &value);
  tags_list_tag_t all;
  tags_all(&all);
  for (size_t i = 0; i < all.len; i++)
    if (ws_is(all.ptr[i].name, "language")) ws_log("tag %.*s=%.*s", TEXT(all.ptr[i].name), TEXT(all.ptr[i].value));
  tags_list_tag_free(&all);
  tags_remove(&tag);
}

static void surroundings(void) {
  ws_log("variable %s", ws_env("NAME", "missing"));
  vu_list_u8_t random;
  environment_random_bytes(16, &random);
  ws_log("random-bytes %zu", random.len);
  vu_list_u8_free(&random);
  execution_vu_info_t vu;
  execution_vu(&vu);
  ws_log("vu %u iteration %" PRIu64, vu.id_in_test, vu.iteration_in_instance);
  execution_scenario_info_t scenario;
  if (execution_scenario(&scenario)) ws_log("scenario %.*s %.*s", TEXT(scenario.name), TEXT(scenario.executor));
  vu_string_t name = ws_text("key"), secret, text;
  refusal("secret", secrets_get(NULL, &name, &secret, &text), &text);
  ws_log("summary: %s", summary_text(false, &(vu_list_string_t){0}, &text) ? "some" : "none");
  summary_value(1234.5, METRICS_CONTENTS_TIME, NULL, &text);
  ws_log("value %.*s", TEXT(text));
  summary_share(0.5, &text);
  ws_log("share %.*s", TEXT(text));
  ws_log("interrupted: %s", execution_interrupted() ? "yes" : "no");
}

static void begin(void) {
  base = ws_env("WS", "ws://echo.example");
  queue = events_constructor_event_queue();
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
  waiting();
  giving_up();
  timers();
  events_event_queue_drop_own(queue);
}

void vu_transcript(const char *data) {
  (void)data;
  begin();
  http();
  cookie_jar();
  measuring();
  surroundings();
  events_event_queue_drop_own(queue);
}
