#include "wasock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// BATCH is how many events are fetched at one time.
enum { BATCH = 64, MAX_TIMERS = 64, MAX_LINE = 1024 };
enum { MAX_FUNCTIONS = sizeof wasock_test.functions / sizeof(wasock_function) };

static const uint64_t MILLISECOND = 1000000;

// What a metric that could not be declared has for a number.
static const uint32_t NO_METRIC = UINT32_MAX;

static events_own_event_queue_t queue;
static events_list_event_t batch;
static size_t position;
static bool interrupted;
static char *thrown;
static timers_own_timer_t timers[MAX_TIMERS];
static size_t timer_count;
static exports_lifecycle_list_summary_output_t outputs;

vu_string_t ws_text(const char *text) {
  return (vu_string_t){(uint8_t *)text, strlen(text)};
}

static vu_string_t owned(const char *text) {
  vu_string_t copy;
  vu_string_dup(&copy, text);
  return copy;
}

static char *terminated(const vu_string_t *text) {
  return text ? strndup((const char *)text->ptr, text->len) : NULL;
}

void wasock_throw(const char *format, ...) {
  if (thrown || interrupted) return;
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&thrown, format, arguments) < 0) abort();
  va_end(arguments);
}

static void write_line(console_level_t level, const char *format, va_list arguments) {
  char line[MAX_LINE];
  vsnprintf(line, sizeof line, format, arguments);
  vu_string_t text = ws_text(line);
  console_log(level, CONSOLE_SOURCE_CONSOLE, &text);
}

void ws_log(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  write_line(CONSOLE_LEVEL_INFO, format, arguments);
  va_end(arguments);
}

void ws_log_at(console_level_t level, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  write_line(level, format, arguments);
  va_end(arguments);
}

events_borrow_event_queue_t ws_queue(void) {
  if (!queue.__handle) queue = events_constructor_event_queue();
  return events_borrow_event_queue(queue);
}

const char *ws_describe(const types_error_code_t *error) {
  static const char *const names[] = {
      "invalid-state",      "invalid-argument",   "access-denied", "limit-reached",   "name-unresolvable",
      "connection-refused", "connection-reset",   "unreachable",   "timeout",         "tls",
      "bad-handshake",      "protocol-violation", "invalid-utf8",  "message-too-big", "unexpected-end",
      "other",
  };
  static char description[MAX_LINE];
  vu_string_t text = {0};
  switch (error->tag) {
    case TYPES_ERROR_CODE_INVALID_ARGUMENT:
    case TYPES_ERROR_CODE_ACCESS_DENIED:
    case TYPES_ERROR_CODE_LIMIT_REACHED:
    case TYPES_ERROR_CODE_TLS:
    case TYPES_ERROR_CODE_BAD_HANDSHAKE:
    case TYPES_ERROR_CODE_PROTOCOL_VIOLATION:
      text = error->val.tls;
      break;
    case TYPES_ERROR_CODE_OTHER:
      if (error->val.other.is_some) text = error->val.other.val;
  }
  snprintf(description, sizeof description, text.len ? "%s: %.*s" : "%s", names[error->tag], (int)text.len,
           (const char *)text.ptr);
  return description;
}

// Tags as the bindings have them. To be freed; the texts are the caller's.
static metrics_list_tag_t tag_list(ws_pairs pairs) {
  metrics_list_tag_t list = {pairs.count ? calloc(pairs.count, sizeof(tags_tag_t)) : NULL, pairs.count};
  for (size_t i = 0; i < list.len; i++)
    list.ptr[i] = (tags_tag_t){ws_text(pairs.list[i].name), ws_text(pairs.list[i].value)};
  return list;
}

static sockets_option_duration_t duration(uint32_t milliseconds) {
  return (sockets_option_duration_t){milliseconds != 0, milliseconds * MILLISECOND};
}

static bool begin_to_connect(sockets_borrow_socket_t socket, vu_string_t *url, const ws_options *options,
                             sockets_error_code_t *error) {
  sockets_connect_options_t how = {
      .headers = {calloc(options->headers.count + 1, sizeof(types_header_t)), options->headers.count},
      .protocols = {calloc(options->protocols.count + 1, sizeof(vu_string_t)), options->protocols.count},
      .timeout = duration(options->timeout_ms),
      .close_timeout = duration(options->close_timeout_ms),
      .max_message_size = {options->max_message_size != 0, options->max_message_size},
      .ping_interval = duration(options->ping_interval_ms),
      .pong_timeout = duration(options->pong_timeout_ms),
      .hold_close_answer = options->hold_close_answer,
  };
  if (options->deflate) how.deflate = (sockets_option_deflate_options_t){true, *options->deflate};
  for (size_t i = 0; i < how.headers.len; i++) {
    ws_pair field = options->headers.list[i];
    how.headers.ptr[i] = (types_header_t){ws_text(field.name), ws_text(field.value)};
  }
  for (size_t i = 0; i < how.protocols.len; i++) how.protocols.ptr[i] = ws_text(options->protocols.list[i]);
  bool begun = sockets_method_socket_connect(socket, url, &how, error);
  free(how.headers.ptr);
  free(how.protocols.ptr);
  return begun;
}

ws_socket ws_connect(const char *url, ws_options options) {
  ws_socket socket = {.handle = sockets_constructor_socket(ws_queue())};
  sockets_borrow_socket_t borrowed = sockets_borrow_socket(socket.handle);
  socket.id = sockets_method_socket_id(borrowed);
  metrics_list_tag_t tags = tag_list(options.tags);
  socket.meter = metrics_constructor_meter(borrowed, METRICS_SOCKET_API_WS, &tags);
  free(tags.ptr);
  vu_string_t address = ws_text(url);
  sockets_error_code_t error;
  if (!begin_to_connect(borrowed, &address, &options, &error)) {
    metrics_method_meter_refused(metrics_borrow_meter(socket.meter), &address, &error);
    wasock_throw("cannot connect to %s: %s", url, ws_describe(&error));
    sockets_error_code_free(&error);
  }
  return socket;
}

static bool accepted(bool ok, sockets_error_code_t *error) {
  if (!ok) sockets_error_code_free(error);
  return ok;
}

bool ws_send(const ws_socket *socket, const char *text) {
  vu_string_t data = ws_text(text);
  sockets_error_code_t error;
  return accepted(sockets_method_socket_send_text(sockets_borrow_socket(socket->handle), &data, &error), &error);
}

bool ws_send_binary(const ws_socket *socket, const void *data, size_t size) {
  vu_list_u8_t bytes = {(uint8_t *)data, size};
  sockets_error_code_t error;
  return accepted(sockets_method_socket_send_binary(sockets_borrow_socket(socket->handle), &bytes, &error), &error);
}

bool ws_ping(const ws_socket *socket, const char *payload) {
  vu_list_u8_t bytes = {(uint8_t *)payload, strlen(payload)};
  sockets_error_code_t error;
  return accepted(sockets_method_socket_ping(sockets_borrow_socket(socket->handle), &bytes, &error), &error);
}

bool ws_close(const ws_socket *socket, uint16_t code, const char *reason) {
  vu_string_t text = ws_text(reason);
  sockets_error_code_t error;
  return accepted(sockets_method_socket_close(sockets_borrow_socket(socket->handle), &code, &text, &error), &error);
}

void ws_drop(ws_socket *socket) {
  metrics_meter_drop_own(socket->meter);
  sockets_socket_drop_own(socket->handle);
}

const events_event_t *ws_next(uint32_t timeout_ms) {
  if (thrown) return NULL;
  if (position == batch.len && !interrupted) {
    events_list_event_free(&batch);
    batch = (events_list_event_t){0};
    position = 0;
    uint64_t timeout = timeout_ms * MILLISECOND;
    events_wait_error_t error;
    interrupted = !events_method_event_queue_wait(ws_queue(), BATCH, timeout_ms == WS_FOREVER ? NULL : &timeout,
                                                  &batch, &error);
    if (interrupted) batch = (events_list_event_t){0};
  }
  return position < batch.len ? &batch.ptr[position++] : NULL;
}

uint32_t ws_timer(uint32_t first_ms, uint32_t period_ms) {
  if (timer_count == MAX_TIMERS) {
    wasock_throw("a stage has at most %d timers", MAX_TIMERS);
    return 0;
  }
  uint64_t period = period_ms * MILLISECOND;
  timers_own_timer_t timer = timers_constructor_timer(ws_queue(), first_ms * MILLISECOND, period_ms ? &period : NULL);
  timers[timer_count++] = timer;
  return timers_method_timer_id(timers_borrow_timer(timer));
}

void ws_stop_timers(void) {
  while (timer_count > 0) timers_timer_drop_own(timers[--timer_count]);
}

bool ws_is(vu_string_t text, const char *expected) {
  return text.len == strlen(expected) && memcmp(text.ptr, expected, text.len) == 0;
}

bool ws_has(vu_string_t text, const char *part) {
  return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

bool ws_check_tagged(const char *name, bool passed, ws_pairs pairs) {
  vu_string_t text = ws_text(name);
  metrics_list_tag_t tags = tag_list(pairs);
  metrics_check(&text, passed, &tags);
  free(tags.ptr);
  return passed;
}

bool ws_check(const char *name, bool passed) { return ws_check_tagged(name, passed, (ws_pairs){0}); }

uint32_t ws_metric(const char *name, metrics_kind_t kind, metrics_contents_t contents) {
  vu_string_t text = ws_text(name), error;
  uint32_t metric = NO_METRIC;
  if (!metrics_declare(&text, kind, contents, &metric, &error)) {
    wasock_throw("%.*s", (int)error.len, (const char *)error.ptr);
    vu_string_free(&error);
  }
  return metric;
}

void ws_add_tagged(uint32_t metric, double value, ws_pairs pairs) {
  if (metric == NO_METRIC) return;
  metrics_list_tag_t tags = tag_list(pairs);
  metrics_add(metric, value, &tags);
  free(tags.ptr);
}

void ws_add(uint32_t metric, double value) { ws_add_tagged(metric, value, (ws_pairs){0}); }

// The text to keep: each that was asked for is kept once, however often that was.
static const char *kept(const vu_string_t *text) {
  static char **texts;
  static size_t count;
  for (size_t i = 0; i < count; i++)
    if (ws_is(*text, texts[i])) return texts[i];
  texts = realloc(texts, (count + 1) * sizeof *texts);
  return texts[count++] = terminated(text);
}

const char *ws_env(const char *name, const char *otherwise) {
  vu_list_tuple2_string_string_t variables;
  environment_variables(&variables);
  for (size_t i = 0; i < variables.len; i++)
    if (ws_is(variables.ptr[i].f0, name)) otherwise = kept(&variables.ptr[i].f1);
  vu_list_tuple2_string_string_free(&variables);
  return otherwise;
}

uint32_t ws_random(uint32_t least, uint32_t most) {
  static bool seeded;
  if (!seeded) srandom((unsigned)environment_random_seed());
  seeded = true;
  return least + (uint32_t)random() % (most - least + 1);
}

void wasock_summary(const char *destination, const char *content) {
  outputs.ptr = realloc(outputs.ptr, (outputs.len + 1) * sizeof *outputs.ptr);
  vu_string_t text = owned(content);
  outputs.ptr[outputs.len++] = (exports_lifecycle_summary_output_t){owned(destination), {text.ptr, text.len}};
}

// Ends a stage. Says whether it ran to its end.
static bool done(exports_lifecycle_failure_t *failure) {
  ws_stop_timers();
  events_list_event_free(&batch);
  batch = (events_list_event_t){0};
  position = 0;
  if (queue.__handle) events_event_queue_drop_own(queue);
  queue.__handle = 0;
  if (thrown) {
    failure->tag = EXPORTS_LIFECYCLE_FAILURE_EXCEPTION;
    failure->val.exception = (exports_lifecycle_exception_t){.message = owned(thrown)};
  } else if (interrupted) {
    failure->tag = EXPORTS_LIFECYCLE_FAILURE_INTERRUPTED;
  }
  bool good = !interrupted && !thrown;
  interrupted = false;
  free(thrown);
  thrown = NULL;
  return good;
}

bool exports_lifecycle_init(exports_lifecycle_script_info_t *info, exports_lifecycle_failure_t *failure) {
  const wasock_test_t *test = &wasock_test;
  size_t count = 0;
  info->functions.ptr = malloc((MAX_FUNCTIONS + 3) * sizeof(vu_string_t));
  while (count < MAX_FUNCTIONS && test->functions[count].name) {
    info->functions.ptr[count] = owned(test->functions[count].name);
    count++;
  }
  if (test->setup) info->functions.ptr[count++] = owned("setup");
  if (test->teardown) info->functions.ptr[count++] = owned("teardown");
  if (test->handle_summary) info->functions.ptr[count++] = owned("handleSummary");
  info->functions.len = count;
  info->options.is_some = test->options != NULL;
  if (test->options) info->options.val = owned(test->options);
  return done(failure);
}

bool exports_lifecycle_setup(vu_option_string_t *data, exports_lifecycle_failure_t *failure) {
  char *json = wasock_test.setup ? wasock_test.setup() : NULL;
  data->is_some = json != NULL;
  if (json) data->val = owned(json);
  free(json);
  return done(failure);
}

// Says which functions there are, when there is none of this name.
static void throw_unknown(const vu_string_t *name) {
  char names[MAX_LINE] = "";
  size_t length = 0;
  for (size_t i = 0; i < MAX_FUNCTIONS && wasock_test.functions[i].name && length < sizeof names; i++) {
    const char *other = wasock_test.functions[i].name;
    length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i ? ", " : "", other);
  }
  wasock_throw("there is no function \"%.*s\"; there are: %s", (int)name->len, (const char *)name->ptr, names);
}

bool exports_lifecycle_iterate(vu_string_t *name, vu_string_t *data, exports_lifecycle_failure_t *failure) {
  size_t i = 0;
  while (i < MAX_FUNCTIONS && wasock_test.functions[i].name && !ws_is(*name, wasock_test.functions[i].name)) i++;
  char *json = terminated(data);
  if (i < MAX_FUNCTIONS && wasock_test.functions[i].name) wasock_test.functions[i].run(json);
  else throw_unknown(name);
  free(json);
  vu_string_free(name);
  return done(failure);
}

bool exports_lifecycle_teardown(vu_string_t *data, exports_lifecycle_failure_t *failure) {
  char *json = terminated(data);
  if (wasock_test.teardown) wasock_test.teardown(json);
  free(json);
  return done(failure);
}

bool exports_lifecycle_handle_summary(vu_string_t *data, exports_lifecycle_list_summary_output_t *files,
                                      exports_lifecycle_failure_t *failure) {
  char *json = terminated(data);
  if (wasock_test.handle_summary) wasock_test.handle_summary(json);
  free(json);
  *files = outputs;
  outputs = (exports_lifecycle_list_summary_output_t){0};
  return done(failure);
}
