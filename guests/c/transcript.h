// Calls of every kind, with a line for each fact: ../transcripts/ has the lines.
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include "wasock.h"

// Those of the world `client`.
void client_transcript(const char *data);

// Those that the world `vu` has besides.
void vu_transcript(const char *data);

// What both write their lines with.

#define TEXT(string) (int)(string).len, (const char *)(string).ptr

static const uint64_t MILLISECOND = 1000000;

// The queue of all events, and where the server is.
extern events_own_event_queue_t queue;
extern const char *base;

// Makes the queue.
void begin(void);

const char *yes(bool whether);

// The name of an error, and its text if it has one that is the same on all hosts: why TLS fails is told in the words
// of their libraries.
const char *error_text(const types_error_code_t *error);

// Writes what a call came to, and frees its error.
void result(const char *what, bool ok, types_error_code_t *error);
void refusal(const char *what, bool ok, vu_string_t *error);

// Waits for events.
events_list_event_t wait_for(uint32_t max, const uint64_t *timeout);

// Writes one event, and says which kind it was.
uint8_t event(void);

sockets_own_socket_t new_socket(void);
sockets_borrow_socket_t borrow(sockets_own_socket_t socket);

// The URL of a path of the server.
const char *url_of(const char *path);

void send_text(const char *what, sockets_own_socket_t socket, const char *data);
void connect_to(const char *what, sockets_own_socket_t socket, const char *url, sockets_connect_options_t options);

#endif
