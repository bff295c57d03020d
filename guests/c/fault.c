#include "fault.h"

#include <stdlib.h>
#include <string.h>

#include "wasock.h"

// More than any stack has room for.
static int endless(volatile int *last) {
  volatile int next[1024];
  next[0] = *last + 1;
  if (next[0] < 0) return 0;
  return endless(next) + next[0];
}

// Touches what it takes, until there is no more.
static void hoard(void) {
  static void *volatile block; // else the compiler sees that nobody needs the blocks
  for (;;) {
    block = malloc(1 << 20);
    if (!block) abort();
    memset(block, 1, 1 << 20);
  }
}

void fault(const char *data) {
  (void)data;
  const char *kind = ws_env("FAULT", "error");
  if (strcmp(kind, "trap") == 0) __builtin_trap();
  if (strcmp(kind, "abort") == 0) abort();
  if (strcmp(kind, "stack") == 0) wasock_throw("%d", endless(&(int){0}));
  if (strcmp(kind, "memory") == 0) hoard();
  wasock_throw("it went wrong");
}
