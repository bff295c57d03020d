// Tests for wasock in C: a thin layer over the bindings that wit-bindgen makes of wit/, which vu.h declares.
//
// A test defines `wasock_test`. Its functions run one after the other, never at the same time. Timers stop when a
// stage ends; connections last until they are dropped. README.md has an overview and an example.
#ifndef WASOCK_H
#define WASOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "vu.h"

// A function that scenarios run by its name; `data` is what `setup` returned, JSON, or NULL.
typedef struct wasock_function {
  const char *name;
  void (*run)(const char *data);
} wasock_function;

// What a test consists of. All but the functions may be NULL.
typedef struct wasock_test_t {
  // The options, as JSON.
  const char *options;
  // Runs once before all. Returns JSON that was allocated, or NULL.
  char *(*setup)(void);
  // Runs once after all.
  void (*teardown)(const char *data);
  // Gets the results as JSON, and calls `wasock_summary` for each file to write; without any, the built-in
  // summary is shown.
  void (*handle_summary)(const char *data);
  // What iterations run, by name; the last has no name.
  wasock_function functions[16];
} wasock_test_t;

extern const wasock_test_t wasock_test;

// Ends the stage with an error, which the run logs, as soon as the test's function returns: from here on `ws_next`
// returns NULL. The first error counts; once the host has asked the test to end, none does.
void wasock_throw(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Asks for a file, or `stdout` or `stderr`. To be called by `handle_summary`.
void wasock_summary(const char *destination, const char *content);

// A name and a value: a header field, or a tag of measurements.
typedef struct ws_pair {
  const char *name;
  const char *value;
} ws_pair;

// Some of them: WS_PAIRS({"room", "swamp"}, {"side", "left"}), or {pairs, count}.
typedef struct ws_pairs {
  const ws_pair *list;
  size_t count;
} ws_pairs;
#define WS_PAIRS(...) \
  ((ws_pairs){(const ws_pair[]){__VA_ARGS__}, sizeof((const ws_pair[]){__VA_ARGS__}) / sizeof(ws_pair)})

// Some texts: WS_TEXTS("chat.v2", "chat.v1"), or {texts, count}.
typedef struct ws_texts {
  const char *const *list;
  size_t count;
} ws_texts;
#define WS_TEXTS(...) \
  ((ws_texts){(const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)})

// A connection. Its fields are for the bindings: `sockets_borrow_socket(socket.handle)` is what they take.
typedef struct ws_socket {
  sockets_own_socket_t handle;
  metrics_own_meter_t meter;
  uint32_t id;
} ws_socket;

// How to connect. All fields may be left out; wit/sockets.wit says in `connect-options` what the host does then.
typedef struct ws_options {
  // Header fields to send with the opening handshake.
  ws_pairs headers;
  // Subprotocols to offer, the preferred one first.
  ws_texts protocols;
  // Offers compression: `&(sockets_deflate_options_t){0}` with nothing special.
  const sockets_deflate_options_t *deflate;
  // How long the opening handshake may take, from the name on.
  uint32_t timeout_ms;
  // How long the peer may take to answer a close frame.
  uint32_t close_timeout_ms;
  // The longest message to accept, in bytes.
  uint64_t max_message_size;
  // A ping each time this has gone by, and how long they may be without an answer.
  uint32_t ping_interval_ms, pong_timeout_ms;
  // A close frame of the peer is answered by the next call of `ws_next`.
  bool hold_close_answer;
  // Tags of the connection's measurements.
  ws_pairs tags;
} ws_options;

// Begins to connect; `opened` or `failed` follows as an event. Throws if it cannot even begin, a wrong URL, say.
ws_socket ws_connect(const char *url, ws_options options);

// Each of these says whether it was accepted.
bool ws_send(const ws_socket *socket, const char *text);
bool ws_send_binary(const ws_socket *socket, const void *data, size_t size);
bool ws_ping(const ws_socket *socket, const char *payload);
bool ws_close(const ws_socket *socket, uint16_t code, const char *reason);

// Lets go of a connection, and ends it if it still goes on.
void ws_drop(ws_socket *socket);

// The next event of all sockets and timers, which stays until the next call; NULL when `timeout_ms` has passed. NULL,
// and then always, when the host asks the test to end, or when something was thrown.
#define WS_FOREVER UINT32_MAX
const events_event_t *ws_next(uint32_t timeout_ms);

// A timer, once or, with a period, again and again. Its events have the number that is returned.
uint32_t ws_timer(uint32_t first_ms, uint32_t period_ms);

// Stops all timers.
void ws_stop_timers(void);

// Whether an event's text is this.
bool ws_is(vu_string_t text, const char *expected);

// Whether this is in an event's text.
bool ws_has(vu_string_t text, const char *part);

// The name of an error as wit/types.wit has it, and its text if it has one; until the next call.
const char *ws_describe(const types_error_code_t *error);

// Records a check, without tags of its own or with some. Returns whether it passed.
bool ws_check(const char *name, bool passed);
bool ws_check_tagged(const char *name, bool passed, ws_pairs tags);

// Declares a metric; `kind` is METRICS_KIND_COUNTER and so on.
uint32_t ws_metric(const char *name, metrics_kind_t kind, metrics_contents_t contents);

// Adds a value to a metric, without tags of its own or with some.
void ws_add(uint32_t metric, double value);
void ws_add_tagged(uint32_t metric, double value, ws_pairs tags);

// Writes a line to the log, of the level CONSOLE_LEVEL_INFO or another.
void ws_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
void ws_log_at(console_level_t level, const char *format, ...) __attribute__((format(printf, 2, 3)));

// A variable of the run (`-e NAME=VALUE`), or what is to be taken in its place. The text stays, and is not to be freed.
const char *ws_env(const char *name, const char *otherwise);

// A random number from `least` to `most`.
uint32_t ws_random(uint32_t least, uint32_t most);

// The queue that `ws_next` takes events from, for what is to be bound to it through the bindings: a request, say, whose
// end is an event EVENTS_EVENT_COMPLETED. A stage has a queue of its own.
events_borrow_event_queue_t ws_queue(void);

// Text that is not to be changed, for the bindings.
vu_string_t ws_text(const char *text);

#endif
