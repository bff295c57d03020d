// Ten users meet in a chat room, say something every second or two, and leave: examples/crocochat.js in C.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "speed.h"
#include "transcript.h"
#include "wasock.h"

static const char options[] =
    "{\"vus\": 10, \"iterations\": 10,"
    " \"thresholds\": {\"checks\": [\"rate==1\"], \"ws_connecting\": [\"p(95)<1000\"]}}";

static char *setup(void) { return strdup("{\"room\":\"swamp\"}"); }

static void say_hello(const ws_socket *socket) {
  execution_vu_info_t vu;
  execution_vu(&vu);
  char text[80];
  snprintf(text, sizeof text, "{\"event\":\"SET_NAME\",\"new_name\":\"Croc %u\"}", vu.id_in_test);
  ws_send(socket, text);
}

static void snap(const ws_socket *socket) {
  char text[80];
  snprintf(text, sizeof text, "{\"event\":\"SAY\",\"message\":\"snap %05u\"}", ws_random(0, 99999));
  ws_send(socket, text);
}

// One binary message there and back, with a subprotocol.
static void echo(void) {
  static const uint8_t bytes[] = {0, 1, 2, 255};
  char url[200];
  snprintf(url, sizeof url, "%s/protocol", ws_env("WSS", "wss://chat.example"));
  ws_socket socket = ws_connect(url, (ws_options){.protocols = WS_TEXTS("chat.v1"), .timeout_ms = 5000});
  const events_event_t *event;
  while ((event = ws_next(WS_FOREVER)) && event->tag != EVENTS_EVENT_CLOSED) {
    if (event->tag == EVENTS_EVENT_FAILED) {
      wasock_throw("cannot connect to %s: %s", url, ws_describe(&event->val.failed.failure.code));
      break;
    }
    if (event->tag == EVENTS_EVENT_OPENED) {
      ws_check("speaks chat.v1", ws_is(event->val.opened.handshake.protocol, "chat.v1"));
      ws_send_binary(&socket, bytes, sizeof bytes);
    }
    if (event->tag == EVENTS_EVENT_BINARY) {
      vu_list_u8_t back = event->val.binary.data;
      ws_check("is what was sent", back.len == sizeof bytes && memcmp(back.ptr, bytes, sizeof bytes) == 0);
      ws_close(&socket, 1000, "done");
    }
  }
  ws_drop(&socket);
}

// Talks until the server closes the connection, which it does when somebody leaves.
static void chat(const char *data) {
  echo();
  const char *room = strstr(data, "swamp") ? "swamp" : "pond";
  uint32_t pause = (uint32_t)atoi(ws_env("PAUSE", "1000"));
  uint32_t stay = (uint32_t)atoi(ws_env("STAY", "8000"));
  uint32_t pongs = ws_metric("chat_pongs", METRICS_KIND_COUNTER, METRICS_CONTENTS_DEFAULT);
  char url[200];
  snprintf(url, sizeof url, "%s/ws/crocochat/%s/", ws_env("WSS", "wss://chat.example"), room);

  ws_socket socket = ws_connect(url, (ws_options){.tags = WS_PAIRS({"room", room})});
  uint32_t talk = 0, ping = 0, leave = 0;
  const events_event_t *event;
  while ((event = ws_next(WS_FOREVER))) {
    switch (event->tag) {
      case EVENTS_EVENT_OPENED:
        ws_check("connected", event->val.opened.handshake.status == 101);
        say_hello(&socket);
        talk = ws_timer(pause, ws_random(pause, 2 * pause));
        ping = ws_timer(pause, pause);
        leave = ws_timer(stay, 0);
        break;
      case EVENTS_EVENT_TEXT:
        ws_check("is a chat message", ws_has(event->val.text.data, "\"event\":\"CHAT_MSG\""));
        break;
      case EVENTS_EVENT_PONG:
        ws_add(pongs, 1);
        break;
      case EVENTS_EVENT_TIMER:
        if (event->val.timer.timer == talk) snap(&socket);
        if (event->val.timer.timer == ping) ws_ping(&socket, "are you there?");
        if (event->val.timer.timer == leave) ws_send(&socket, "{\"event\":\"LEAVE\"}");
        break;
      case EVENTS_EVENT_CLOSED:
        ws_check("left the room", event->val.closed.code == 1000 && event->val.closed.was_clean);
        ws_drop(&socket);
        return;
      case EVENTS_EVENT_FAILED:
        wasock_throw("cannot connect to %s: %s", url, ws_describe(&event->val.failed.failure.code));
        ws_drop(&socket);
        return;
    }
  }
  ws_drop(&socket);
}

static void teardown(const char *data) { ws_log("the %s is empty", strstr(data, "swamp") ? "swamp" : "pond"); }

static void handle_summary(const char *data) {
  const char *file = ws_env("SUMMARY", NULL);
  if (file && *file) wasock_summary(file, data);
}

const wasock_test_t wasock_test = {
    .options = options,
    .setup = setup,
    .teardown = teardown,
    .handle_summary = handle_summary,
    .functions = {{"default", chat}, {"clientTranscript", client_transcript}, {"vuTranscript", vu_transcript},
                  {"pingPong", ping_pong}, {"flood", flood}, {"fault", fault}},
};
