/* JSON.parse and JSON.stringify for what messages are made of: plain objects, plain arrays, and texts of
   characters below 256. Nothing here runs code of the script. Whatever is unusual, or wrong, is declined, and
   QuickJS's own functions do it from the start, so that results and errors are theirs. Included in quickjs.c. */

#include <wasm_simd128.h>

/* How deep objects and arrays may be nested here. */
#define JSON_DEPTH 64

/* How many values wait on the stack; more take memory. A message of a test has few that wait at once. */
#define JSON_ENTRIES 32

/* At how many depths the keys of the last object are remembered. */
#define JSON_SHAPES 8

/* The digits of a number that can be an index and is too large for a tagged atom: from 2147483648 on. */
#define JSON_LONG_INDEX 10

/* How much room a text gets at first, in characters: at least what small messages take, and at the most so much that a
   long one among short ones costs little. */
#define JSON_LEAST_ROOM 64
#define JSON_MOST_ROOM (64 << 10)

/* The most digits of which every number is exact in a double. */
#define JSON_EXACT_DIGITS 15

/* The largest power of ten that is exact in a double. */
#define JSON_EXACT_POWER 22

static const double json_powers[JSON_EXACT_POWER + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

/* A character that cannot stand in a JSON string as it is. */
static inline bool json_is_special(uint8_t c)
{
    return c == '"' || c == '\\' || c < 0x20;
}

/* Which of 16 characters are special: a bit for each. */
static inline uint32_t json_specials(const uint8_t *p)
{
    v128_t c = wasm_v128_load(p);
    v128_t marks = wasm_v128_or(wasm_i8x16_eq(c, wasm_i8x16_splat('"')), wasm_i8x16_eq(c, wasm_i8x16_splat('\\')));
    return wasm_i8x16_bitmask(wasm_v128_or(marks, wasm_u8x16_lt(c, wasm_i8x16_splat(0x20))));
}

/* The number of characters before the first special one. */
static inline size_t json_plain_len(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *start = p;
    while (end - p >= 16) {
        uint32_t specials = json_specials(p);
        if (specials)
            return p - start + __builtin_ctz(specials);
        p += 16;
    }
    while (p < end && !json_is_special(*p))
        p++;
    return p - start;
}

/* Whether a string of QuickJS has no special character. In front of its characters is its head, or what it is a part of,
   so that the 16 bytes before their end can always be read. */
static inline bool json_is_plain(const uint8_t *text, size_t len)
{
    const uint8_t *end = text + len;
    _Static_assert(sizeof(JSString) >= 16, "the head of a string is read with its characters");
    while (len > 16) {
        if (json_specials(text))
            return false;
        text += 16;
        len -= 16;
    }
    return len == 0 || json_specials(end - 16) >> (16 - len) == 0;
}

static inline uint64_t json_load8(const uint8_t *p)
{
    uint64_t value;
    __builtin_memcpy(&value, p, 8);
    return value;
}

static inline uint32_t json_load4(const uint8_t *p)
{
    uint32_t value;
    __builtin_memcpy(&value, p, 4);
    return value;
}

/* Copies a few bytes; a call of memory.copy costs more than most keys and values. What remains of a text is copied
   with some of what comes before it. */
static inline void json_copy(uint8_t *to, const uint8_t *from, size_t len)
{
    uint8_t *to_end = to + len;
    const uint8_t *from_end = from + len;
    if (len > 256) {
        memcpy(to, from, len);
    } else if (len >= 16) {
        for (; len > 16; len -= 16, to += 16, from += 16)
            wasm_v128_store(to, wasm_v128_load(from));
        wasm_v128_store(to_end - 16, wasm_v128_load(from_end - 16));
    } else if (len >= 8) {
        uint64_t first = json_load8(from), last = json_load8(from_end - 8);
        __builtin_memcpy(to, &first, 8);
        __builtin_memcpy(to_end - 8, &last, 8);
    } else if (len >= 4) {
        uint32_t first = json_load4(from), last = json_load4(from_end - 4);
        __builtin_memcpy(to, &first, 4);
        __builtin_memcpy(to_end - 4, &last, 4);
    } else if (len > 0) {
        to[0] = from[0];
        to[len / 2] = from[len / 2];
        to_end[-1] = from_end[-1];
    }
}

static inline bool json_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    if (len >= 8) {
        size_t last = len - 8, i;
        for (i = 0; i < last; i += 8) {
            if (json_load8(a + i) != json_load8(b + i))
                return false;
        }
        return json_load8(a + last) == json_load8(b + last);
    }
    if (len >= 4)
        return json_load4(a) == json_load4(b) && json_load4(a + len - 4) == json_load4(b + len - 4);
    return len == 0 || (a[0] == b[0] && a[len / 2] == b[len / 2] && a[len - 1] == b[len - 1]);
}

#include "json-read.h"
#include "json-write.h"
