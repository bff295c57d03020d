/* Characters of texts. Included in quickjs.c. */

#include <wasm_simd128.h>

/* How many of these characters are not ASCII. */
static inline int js_count_non_ascii(const uint8_t *text, int len)
{
    int count = 0;
    for (; len >= 16; len -= 16, text += 16)
        count += __builtin_popcount(wasm_i8x16_bitmask(wasm_v128_load(text)));
    for (; len > 0; len--)
        count += *text++ >> 7;
    return count;
}
