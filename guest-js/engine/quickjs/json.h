/* JSON.parse and JSON.stringify for what messages are made of: plain objects, plain arrays, and texts of
   characters below 256. Nothing here runs code of the script. Whatever is unusual, or wrong, is declined, and
   QuickJS's own functions do it from the start, so that results and errors are theirs. Included in quickjs.c. */

#include <wasm_simd128.h>

/* How deep objects and arrays may be nested here. */
#define JSON_DEPTH 64

/* At how many depths the keys of the last object are remembered. */
#define JSON_SHAPES 8

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

/* The number of characters before the first special one. */
static inline size_t json_plain_len(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *start = p;
    const v128_t quote = wasm_i8x16_splat('"'), slash = wasm_i8x16_splat('\\');
    const v128_t space = wasm_i8x16_splat(0x20);
    while (end - p >= 16) {
        v128_t c = wasm_v128_load(p);
        v128_t special = wasm_v128_or(wasm_v128_or(wasm_i8x16_eq(c, quote), wasm_i8x16_eq(c, slash)),
                                      wasm_u8x16_lt(c, space));
        uint32_t mask = wasm_i8x16_bitmask(special);
        if (mask)
            return p - start + __builtin_ctz(mask);
        p += 16;
    }
    while (p < end && !json_is_special(*p))
        p++;
    return p - start;
}

/* Copies a few bytes; a call of memory.copy costs more than most keys and values. */
static inline void json_copy(uint8_t *to, const uint8_t *from, size_t len)
{
    if (len > 64) {
        memcpy(to, from, len);
        return;
    }
    for (; len >= 16; len -= 16, to += 16, from += 16)
        wasm_v128_store(to, wasm_v128_load(from));
    if (len & 8) {
        wasm_v128_store64_lane(to, wasm_v128_load64_zero(from), 0);
        to += 8, from += 8;
    }
    if (len & 4) {
        wasm_v128_store32_lane(to, wasm_v128_load32_zero(from), 0);
        to += 4, from += 4;
    }
    for (len &= 3; len > 0; len--)
        *to++ = *from++;
}

static inline bool json_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    for (; len >= 8; len -= 8, a += 8, b += 8) {
        uint64_t x, y;
        __builtin_memcpy(&x, a, 8);
        __builtin_memcpy(&y, b, 8);
        if (x != y)
            return false;
    }
    for (; len > 0; len--) {
        if (*a++ != *b++)
            return false;
    }
    return true;
}

#include "json-read.h"
#include "json-write.h"
