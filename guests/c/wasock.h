// Tests for wasock in C: a thin layer over the bindings that wit-bindgen makes of wit/, which vu.h declares.
//
// A test defines `wasock_test`. Its functions run one after the other, never at the same time. Timers stop when a
// stage ends; connections last until they are dropped.
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

// Ends the stage with an error, which the run logs, as soon as the test's function returns. The first one counts.
void wasock_throw(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Asks for a file, or `stdout` or `stderr`. To be called by `handle_summary`.
void wasock_summary(const char *destination, const char *content);

// A connection. Its fields are for the bindings.
typedef struct ws_socket {
  sockets_own_socket_t handle;
  metrics_own_meter_t meter;
  uint32_t id;
} ws_socket;

// How to connect. All fields may be left out.
typedef struct ws_options {
  // The subprotocol to offer.
  const char *protocol;
  // A tag of the socket's measurements, `name` and `value`.
  const char *tag[2];
  // How long the opening handshake may take.
  uint32_t timeout_ms;
} ws_options;

// Begins to connect; `opened` or `failed` follows as an event. Throws if it cannot even begin.
ws_socket ws_connect(const char *url, ws_options options);

// Each of these says whether it was accepted.
bool ws_send(const ws_socket *socket, const char *text);
bool ws_send_binary(const ws_socket *socket, const void *data, size_t size);
bool ws_ping(const ws_socket *socket, const char *payload);
bool ws_close(const ws_socket *socket, uint16_t code, const char *reason);

// Lets go of a connection, and ends it if it still goes on.
void ws_drop(ws_socket *socket);

// The next event of all sockets and timers, at the longest until the next call; NULL when `timeout_ms` has passed,
// or when the host asks the test to end, and then always.
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

// Records a check.
bool ws_check(const char *name, bool passed);

// Declares a metric; `kind` is METRICS_KIND_COUNTER and so on.
uint32_t ws_metric(const char *name, metrics_kind_t kind, metrics_contents_t contents);

// Adds a value to a metric.
void ws_add(uint32_t metric, double value);

// Writes a line to the log.
void ws_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

// A variable of the run (`-e NAME=VALUE`), or what is to be taken in its place. The text stays.
const char *ws_env(const char *name, const char *otherwise);

// A random number from `least` to `most`.
uint32_t ws_random(uint32_t least, uint32_t most);

// Text that is not to be changed, for the bindings.
vu_string_t ws_text(const char *text);

#endif
