#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "transcript.h"

static const http_request_options_t plain = {0};

// The URL of a path of the server, with a user before it.
static vu_string_t http_url(const char *user, const char *path) {
  static char url[200];
  const char *rest = strstr(base, "://") + strlen("://");
  snprintf(url, sizeof url, "http%s://%s%s%s", base[2] == 's' ? "s" : "", user, rest, path);
  return ws_text(strstr(path, "://") ? path : url);
}

static void start(const char *what, http_borrow_request_t request, const char *method, const char *url,
                  http_request_options_t options) {
  vu_string_t name = ws_text(method), address = ws_text(url);
  http_error_code_t error;
  result(what, http_method_request_start(request, &name, &address, &options, NULL, &error), &error);
}

static void request(void) {
  events_borrow_event_queue_t borrowed = events_borrow_event_queue(queue);
  http_own_request_t own = http_constructor_request(&borrowed);
  http_borrow_request_t request = http_borrow_request(own);
  char url[200];
  snprintf(url, sizeof url, "%s", (char *)http_url("", "/http/status/418").ptr);
  vu_string_t wrong = ws_text("a b");
  http_header_t header = {wrong, wrong};
  start("request of a wrong method", request, "a b", url, plain);
  start("request of nonsense", request, "GET", "nonsense", plain);
  start("request by ws", request, "GET", "ws://a.test/", plain);
  start("request with a wrong header", request, "GET", url, (http_request_options_t){.headers = {&header, 1}});
  metrics_list_tag_t none = {0};
  metrics_measure_request(request, &none, NULL);
  start("request", request, "GET", url, plain);
  start("request again", request, "GET", url, plain);
  event();
  http_outcome_t outcome;
  if (http_method_request_take(request, &outcome)) {
    ws_log("status %u", outcome.answer.val.ok.status);
    http_outcome_free(&outcome);
  }
  ws_log("taken again: %s", yes(http_method_request_take(request, &outcome)));
  http_request_drop_own(own);
}

static void outcome_line(const http_outcome_t *outcome) {
  static const char *const versions[] = {"http10", "http11", "http2"};
  if (outcome->answer.is_err) {
    const http_failure_t *failure = &outcome->answer.val.err;
    return ws_log("failed %u \"%.*s\" %s", failure->number, TEXT(failure->kind), error_text(&failure->code));
  }
  const http_answer_t *answer = &outcome->answer.val.ok;
  ws_log("answered \"%.*s\" %s body %zu cookies %zu%s", TEXT(answer->status_text), versions[answer->version],
         answer->body.len, answer->cookies.len, answer->too_many_redirects ? " too many redirects" : "");
}

// Makes a request that no queue tells of, and writes what came of it.
static void exchange(const char *user, const char *path, http_request_options_t options) {
  http_own_request_t own = http_constructor_request(NULL);
  http_borrow_request_t request = http_borrow_request(own);
  start(path, request, "GET", (char *)http_url(user, path).ptr, options);
  http_list_borrow_request_t list = {&request, 1};
  vu_list_u32_t ended;
  http_wait_error_t error;
  if (!http_wait(&list, &ended, &error)) __builtin_trap();
  vu_list_u32_free(&ended);
  http_outcome_t outcome;
  if (http_method_request_take(request, &outcome)) {
    outcome_line(&outcome);
    http_outcome_free(&outcome);
  }
  http_request_drop_own(own);
}

static void exchanges(void) {
  exchange("", "/http/redirect?to=/http/status/418", plain);
  exchange("", "/http/redirect?to=/http/status/418&n=2", (http_request_options_t){.redirects = {true, 1}});
  exchange("", "/http/bytes?size=5", plain);
  exchange("", "/http/bytes?size=5", (http_request_options_t){.discard_body = true});
  exchange("", "/http/status/200?set=a%3D1", plain);
  exchange("", "/http/basic-auth?user=a&password=b", plain);
  exchange("a:b@", "/http/basic-auth?user=a&password=b", plain);
  exchange("", "/http/drop", plain);
  exchange("", "/http/echo?delay=60000", (http_request_options_t){.timeout = {true, 50 * MILLISECOND}});
  exchange("", "http://blocked.test/", plain);
  exchange("", "http://nobody.invalid/", plain);
  exchange("", "http://127.0.0.1:1/", plain);
}

static void jar_line(const char *what, cookies_borrow_jar_t jar, const char *url) {
  vu_string_t text = ws_text(url), error;
  vu_list_tuple2_string_string_t list;
  if (!cookies_method_jar_cookies(jar, &text, &list, &error)) return refusal(what, false, &error);
  ws_log("%s: %zu", what, list.len);
  for (size_t i = 0; i < list.len; i++) ws_log("cookie %.*s=%.*s", TEXT(list.ptr[i].f0), TEXT(list.ptr[i].f1));
  vu_list_tuple2_string_string_free(&list);
}

static void set(const char *what, cookies_borrow_jar_t jar, const char *url) {
  vu_string_t address = ws_text(url), name = ws_text("a"), value = ws_text("b"), error;
  cookies_attributes_t none = {0};
  refusal(what, cookies_method_jar_set(jar, &address, &name, &value, &none, &error), &error);
}

static void cookie_jar(void) {
  cookies_own_jar_t own = cookies_constructor_jar();
  cookies_borrow_jar_t jar = cookies_borrow_jar(own);
  vu_string_t url = ws_text("ws://a.test/"), secure = ws_text("wss://a.test/"), nonsense = ws_text("nonsense");
  vu_string_t a = ws_text("a"), error;
  set("set", jar, "ws://a.test/");
  set("set for nonsense", jar, "nonsense");
  jar_line("cookies", jar, "ws://a.test/");
  vu_string_t fields[] = {ws_text("c=d; Secure"), ws_text("e=f; Path=/deep"), ws_text("g=h; Domain=b.test")};
  vu_list_string_t list = {fields, 3};
  refusal("store", cookies_method_jar_store(jar, &secure, &list, &error), &error);
  refusal("store for nonsense", cookies_method_jar_store(jar, &nonsense, &list, &error), &error);
  jar_line("cookies below a path", jar, "ws://a.test/deep/");
  jar_line("cookies by TLS", jar, "wss://a.test/");
  jar_line("cookies for nonsense", jar, "nonsense");
  refusal("remove", cookies_method_jar_remove(jar, &url, &a, &error), &error);
  refusal("remove for nonsense", cookies_method_jar_remove(jar, &nonsense, NULL, &error), &error);
  jar_line("cookies after that", jar, "ws://a.test/");
  cookies_jar_drop_own(own);
  own = cookies_current();
  jar_line("cookies of the user", cookies_borrow_jar(own), "ws://a.test/");
  cookies_jar_drop_own(own);
}

static uint32_t declare(const char *what, const char *name, metrics_kind_t kind, metrics_contents_t contents) {
  vu_string_t text = ws_text(name), error;
  uint32_t number = UINT32_MAX;
  refusal(what, metrics_declare(&text, kind, contents, &number, &error), &error);
  return number;
}

static void measuring(void) {
  uint32_t first = declare("declare", "transcript", METRICS_KIND_COUNTER, METRICS_CONTENTS_DEFAULT);
  uint32_t second = declare("declare again", "transcript", METRICS_KIND_COUNTER, METRICS_CONTENTS_DEFAULT);
  ws_log("the same: %s", yes(first == second));
  declare("declare as another", "transcript", METRICS_KIND_TREND, METRICS_CONTENTS_DEFAULT);
  declare("declare with other contents", "transcript", METRICS_KIND_COUNTER, METRICS_CONTENTS_DATA);
  declare("declare a wrong name", "a b", METRICS_KIND_TREND, METRICS_CONTENTS_DEFAULT);
  declare("declare a gauge", "transcript_gauge", METRICS_KIND_GAUGE, METRICS_CONTENTS_DATA);
  declare("declare a rate", "transcript_rate", METRICS_KIND_RATE, METRICS_CONTENTS_DEFAULT);
  declare("declare a trend", "transcript_trend", METRICS_KIND_TREND, METRICS_CONTENTS_TIME);
  ws_add(first, 3);
  ws_check("transcript", true);
}

static void tag_lines(const char *what, void (*all)(tags_list_tag_t *), const char *name) {
  tags_list_tag_t list;
  size_t found = 0;
  all(&list);
  for (size_t i = 0; i < list.len; i++) {
    if (!ws_is(list.ptr[i].name, name)) continue;
    ws_log("%s %.*s=%.*s", what, TEXT(list.ptr[i].name), TEXT(list.ptr[i].value));
    found++;
  }
  if (!found) ws_log("no %s %s", what, name);
  tags_list_tag_free(&list);
}

static void tagging(void) {
  vu_string_t tag = ws_text("language"), value = ws_text("any"), trace = ws_text("trace");
  tags_set(&tag, &value);
  tag_lines("tag", tags_all, "language");
  tags_remove(&tag);
  tag_lines("tag", tags_all, "language");
  tags_set_metadata(&trace, &value);
  tag_lines("metadata", tags_all_metadata, "trace");
  tags_remove_metadata(&trace);
  tag_lines("metadata", tags_all_metadata, "trace");
}

static void trip(const char *what, metrics_borrow_meter_t meter, uint32_t kind, const char *key) {
  vu_string_t text = ws_text(key), error;
  bool waits = false;
  if (!round_trips_sent(meter, kind, &text, &waits, &error)) return refusal(what, false, &error);
  ws_log("%s: %s", what, yes(waits));
}

static void reply(const char *what, metrics_borrow_meter_t meter, uint32_t kind, const char *key) {
  vu_string_t text = ws_text(key);
  uint64_t took;
  ws_log("%s: %s", what, yes(round_trips_received(meter, kind, &text, timers_now(), &took)));
}

static void round_trips(void) {
  vu_string_t wrong = ws_text("a b"), error;
  metrics_list_tag_t none = {0};
  round_trips_list_tag_t untagged = {0};
  uint32_t kind = 0;
  refusal("round trips", round_trips_declare(NULL, &untagged, NULL, &kind, &error), &error);
  refusal("round trips of a wrong name", round_trips_declare(&wrong, &untagged, NULL, &kind, &error), &error);
  sockets_own_socket_t socket = new_socket();
  metrics_own_meter_t own = metrics_constructor_meter(borrow(socket), METRICS_SOCKET_API_WEBSOCKETS, &none);
  metrics_borrow_meter_t meter = metrics_borrow_meter(own);
  connect_to("connect", socket, url_of("/echo"), (sockets_connect_options_t){0});
  event();
  send_text("send-text", socket, "a");
  char key[1100] = "";
  memset(key, 'k', 1025);
  trip("sent with a long key", meter, kind, key);
  trip("sent, and waits for a reply", meter, kind, "a");
  event();
  reply("replied to another", meter, kind, "b");
  reply("replied", meter, kind, "a");
  reply("replied again", meter, kind, "a");
  sockets_method_socket_abort(borrow(socket));
  event();
  send_text("send-text", socket, "a");
  metrics_method_meter_sent_late(meter);
  trip("sent, and waits for a reply", meter, kind, "a");
  vu_string_t url = ws_text("nonsense");
  types_error_code_t reason = {.tag = TYPES_ERROR_CODE_INVALID_STATE};
  metrics_method_meter_refused(meter, &url, &reason);
  metrics_meter_drop_own(own);
  sockets_socket_drop_own(socket);
}

static void find(const char *what, shared_data_found_t *found) {
  vu_string_t name = ws_text("transcript"), error;
  bool ok = shared_data_find(&name, found, &error);
  if (!ok) return refusal(what, false, &error);
  ws_log("%s: %s", what, found->tag == SHARED_DATA_FOUND_COMPLETE ? "complete" : "missing");
}

static void sharing(void) {
  shared_data_found_t found, again;
  vu_string_t elements[] = {ws_text("a"), ws_text("b")}, error, text;
  vu_list_string_t list = {elements, 2};
  find("find", &found);
  find("find while it is made", &again);
  refusal("append", shared_data_method_draft_append(shared_data_borrow_draft(found.val.missing), &list, &error),
          &error);
  shared_data_own_shared_array_t made = shared_data_static_draft_finish(found.val.missing);
  find("find again", &again);
  shared_data_borrow_shared_array_t array = shared_data_borrow_shared_array(again.val.complete);
  ws_log("length %u", shared_data_method_shared_array_length(array));
  for (uint32_t i = 1; i < 3; i++) {
    bool is = shared_data_method_shared_array_element(array, i, &text);
    ws_log("element %u: %.*s", i, is ? (int)text.len : 4, is ? (const char *)text.ptr : "none");
  }
  shared_data_shared_array_drop_own(again.val.complete);
  shared_data_shared_array_drop_own(made);
}

static void values(void) {
  static const char *const units[] = {"s", "ms", "us"};
  vu_string_t text;
  vu_list_string_t none = {0};
  ws_log("summary: %s", summary_text(false, &none, &text) ? "some" : "none");
  for (metrics_contents_t contents = METRICS_CONTENTS_DEFAULT; contents <= METRICS_CONTENTS_DATA; contents++) {
    summary_value(1234.5, contents, NULL, &text);
    ws_log("value %.*s", TEXT(text));
  }
  for (int i = 0; i < 3; i++) {
    vu_string_t unit = ws_text(units[i]);
    summary_value(1234.5, METRICS_CONTENTS_TIME, &unit, &text);
    ws_log("value in %s %.*s", units[i], TEXT(text));
  }
  summary_share(0.5, &text);
  ws_log("share %.*s", TEXT(text));
}

static void surroundings(void) {
  ws_log("variable %s", ws_env("NAME", "missing"));
  vu_list_u8_t random;
  environment_random_bytes(16, &random);
  ws_log("random-bytes %zu", random.len);
  vu_list_u8_free(&random);
  ws_log("unix-time is of this century: %s", yes(environment_unix_time() / 1000000000 > 1600000000));
  execution_vu_info_t vu;
  execution_vu(&vu);
  ws_log("vu %u iteration %" PRIu64, vu.id_in_test, vu.iteration_in_instance);
  execution_scenario_info_t scenario;
  if (execution_scenario(&scenario)) ws_log("scenario %.*s %.*s", TEXT(scenario.name), TEXT(scenario.executor));
  execution_instance_info_t instance;
  execution_instance(&instance);
  ws_log("instance: %u of %u at work, %" PRIu64 " iterations", instance.vus_active, instance.vus_initialized,
         instance.iterations_completed);
  vu_string_t name = ws_text("key"), source = ws_text("vault"), secret, text;
  execution_options(&text);
  ws_log("options are an object: %s", yes(text.len && text.ptr[0] == '{'));
  refusal("secret", secrets_get(NULL, &name, &secret, &text), &text);
  refusal("secret of a source", secrets_get(&source, &name, &secret, &text), &text);
  vu_string_t path = ws_text("http://a.test/"), referrer = ws_text("file:///test.js");
  vu_list_u8_t content;
  refusal("read", files_read(&path, &referrer, &content, &text), &text);
  ws_log("interrupted: %s", yes(execution_interrupted()));
}

void vu_transcript(const char *data) {
  (void)data;
  begin();
  request();
  exchanges();
  cookie_jar();
  measuring();
  tagging();
  round_trips();
  sharing();
  values();
  surroundings();
  events_event_queue_drop_own(queue);
}
