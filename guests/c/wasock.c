#include "wasock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// How many events are fetched at one time.
enum { BATCH = 64, MAX_TIMERS = 64, MAX_LINE = 1024 };

static const uint64_t MILLISECOND = 1000000;

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
  if (thrown) return;
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(&thrown, format, arguments) < 0) abort();
  va_end(arguments);
}

void ws_log(const char *format, ...) {
  char line[MAX_LINE];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  vu_string_t text = ws_text(line);
  console_log(CONSOLE_LEVEL_INFO, CONSOLE_SOURCE_CONSOLE, &text);
}

static events_borrow_event_queue_t the_queue(void) {
  if (!queue.__handle) queue = events_constructor_event_queue();
  return events_borrow_event_queue(queue);
}

ws_socket ws_connect(const char *url, ws_options options) {
  ws_socket socket = {.handle = sockets_constructor_socket(the_queue())};
  sockets_borrow_socket_t borrowed = sockets_borrow_socket(socket.handle);
  socket.id = sockets_method_socket_id(borrowed);
  tags_tag_t tag = {ws_text(options.tag[0] ? options.tag[0] : ""), ws_text(options.tag[1] ? options.tag[1] : "")};
  metrics_list_tag_t tags = {&tag, options.tag[0] != NULL};
  socket.meter = metrics_constructor_meter(borrowed, METRICS_SOCKET_API_WS, &tags);
  vu_string_t protocol = ws_text(options.protocol ? options.protocol : ""), address = ws_text(url);
  sockets_connect_options_t how = {
      .protocols = {&protocol, options.protocol != NULL},
      .timeout = {options.timeout_ms != 0, options.timeout_ms * MILLISECOND},
  };
  sockets_error_code_t error;
  if (!sockets_method_socket_connect(borrowed, &address, &how, &error)) {
    metrics_method_meter_refused(metrics_borrow_meter(socket.meter), &address, &error);
    wasock_throw("cannot connect to %s", url);
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
  if (position == batch.len && !interrupted) {
    events_list_event_free(&batch);
    batch = (events_list_event_t){0};
    position = 0;
    uint64_t timeout = timeout_ms * MILLISECOND;
    events_wait_error_t error;
    interrupted = !events_method_event_queue_wait(the_queue(), BATCH, timeout_ms == WS_FOREVER ? NULL : &timeout,
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
  timers_own_timer_t timer = timers_constructor_timer(the_queue(), first_ms * MILLISECOND, period_ms ? &period : NULL);
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

bool ws_check(const char *name, bool passed) {
  vu_string_t text = ws_text(name);
  metrics_check(&text, passed, &(metrics_list_tag_t){0});
  return passed;
}

uint32_t ws_metric(const char *name, metrics_kind_t kind, metrics_contents_t contents) {
  vu_string_t text = ws_text(name), error;
  uint32_t metric = 0;
  if (!metrics_declare(&text, kind, contents, &metric, &error)) {
    wasock_throw("%.*s", (int)error.len, (const char *)error.ptr);
    vu_string_free(&error);
  }
  return metric;
}

void ws_add(uint32_t metric, double value) { metrics_add(metric, value, &(metrics_list_tag_t){0}); }

const char *ws_env(const char *name, const char *otherwise) {
  static vu_list_tuple2_string_string_t variables;
  vu_list_tuple2_string_string_free(&variables);
  environment_variables(&variables);
  for (size_t i = 0; i < variables.len; i++)
    if (ws_is(variables.ptr[i].f0, name)) return terminated(&variables.ptr[i].f1);
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
  if (interrupted) {
    failure->tag = EXPORTS_LIFECYCLE_FAILURE_INTERRUPTED;
  } else if (thrown) {
    failure->tag = EXPORTS_LIFECYCLE_FAILURE_EXCEPTION;
    failure->val.exception = (exports_lifecycle_exception_t){.message = owned(thrown)};
  }
  bool good = !interrupted && !thrown;
  interrupted = false;
  free(thrown);
  thrown = NULL;
  return good;
}

bool exports_lifecycle_init(exports_lifecycle_script_info_t *info, exports_lifecycle_failure_t *failure) {
  const wasock_test_t *test = &wasock_test;
  size_t count = 0, most = sizeof test->functions / sizeof *test->functions;
  info->functions.ptr = malloc((most + 3) * sizeof(vu_string_t));
  while (count < most && test->functions[count].name) {
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

bool exports_lifecycle_iterate(vu_string_t *name, vu_string_t *data, exports_lifecycle_failure_t *failure) {
  const wasock_function *function = wasock_test.functions;
  while (function->name && !ws_is(*name, function->name)) function++;
  char *json = terminated(data);
  if (function->name) function->run(json);
  else wasock_throw("there is no function %.*s", (int)name->len, (const char *)name->ptr);
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
