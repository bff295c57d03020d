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

/* ---- parse ---- */

/* A value that waits for its object or array to be complete. */
typedef struct {
    JSValue value;
    JSAtom key;
} JSONEntry;

typedef struct {
    JSContext *ctx;
    const uint8_t *p, *end;
    JSONEntry *entries;
    int count, size;
    int depth;
    /* an exception is pending; else what failed is left to QuickJS */
    bool thrown;
} JSONReader;

/* The shapes of the last objects at each depth. Messages of a test look alike, so that the next object at that
   depth most likely has the same keys in the same order, and is made as a whole. */
static JSShape *json_shapes[JSON_SHAPES];

static JSValue json_read_value(JSONReader *r);

static inline JSValue json_declined(void)
{
    return JS_EXCEPTION;
}

static inline JSValue json_thrown(JSONReader *r)
{
    r->thrown = true;
    return JS_EXCEPTION;
}

static inline int json_peek(JSONReader *r)
{
    while (r->p < r->end) {
        uint8_t c = *r->p;
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
            return c;
        r->p++;
    }
    return -1;
}

static bool json_push(JSONReader *r, JSValue value, JSAtom key)
{
    if (unlikely(r->count == r->size)) {
        int size = r->size ? r->size * 2 : 64;
        JSONEntry *entries = js_realloc(r->ctx, r->entries, size * sizeof(*entries));
        if (!entries) {
            r->thrown = true;
            return false;
        }
        r->entries = entries;
        r->size = size;
    }
    r->entries[r->count].value = value;
    r->entries[r->count].key = key;
    r->count++;
    return true;
}

/* The four hexadecimal digits of an escape; -1 if they are not. */
static int json_read_hex(JSONReader *r)
{
    int c = 0, i;
    if (r->end - r->p < 4)
        return -1;
    for (i = 0; i < 4; i++) {
        int digit = from_hex(*r->p++);
        if (digit < 0)
            return -1;
        c = c << 4 | digit;
    }
    return c;
}

/* The character that an escape stands for; -1 if there is none. */
static int json_read_escape(JSONReader *r)
{
    if (r->p >= r->end)
        return -1;
    switch (*r->p++) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'u': return json_read_hex(r);
    default: return -1;
    }
}

/* A string with escapes, from the first character after the quote. */
static JSValue json_read_escaped(JSONReader *r)
{
    StringBuffer buffer, *b = &buffer;
    if (string_buffer_init(r->ctx, b, 64))
        return json_thrown(r);
    for (;;) {
        size_t len = json_plain_len(r->p, r->end);
        int c;
        if (string_buffer_write8(b, r->p, len))
            goto thrown;
        r->p += len;
        if (r->p >= r->end)
            break;
        c = *r->p++;
        if (c == '"') {
            JSValue value = string_buffer_end(b);
            return JS_IsException(value) ? json_thrown(r) : value;
        }
        if (c != '\\' || (c = json_read_escape(r)) < 0)
            break;
        if (string_buffer_putc16(b, c))
            goto thrown;
    }
    string_buffer_free(b);
    return json_declined();
 thrown:
    string_buffer_free(b);
    return json_thrown(r);
}

/* A string, from the first character after the quote. */
static JSValue json_read_string(JSONReader *r)
{
    size_t len = json_plain_len(r->p, r->end);
    const uint8_t *close = r->p + len;
    JSString *string;
    if (close >= r->end)
        return json_declined();
    if (*close != '"')
        return *close == '\\' ? json_read_escaped(r) : json_declined();
    if (len == 0) {
        r->p++;
        return js_empty_string(r->ctx->rt);
    }
    string = js_alloc_string(r->ctx, len, 0);
    if (!string)
        return json_thrown(r);
    json_copy(str8(string), r->p, len);
    str8(string)[len] = '\0';
    r->p = close + 1;
    return JS_MKPTR(JS_TAG_STRING, string);
}

/* A number that is too long for what is exact. */
static JSValue json_read_long_number(JSONReader *r, const uint8_t *start)
{
    size_t len = r->p - start;
    char *text = js_malloc(r->ctx, len + 1);
    JSValue value;
    if (!text)
        return json_thrown(r);
    memcpy(text, start, len);
    text[len] = '\0';
    value = js_float64(strtod(text, NULL));
    js_free(r->ctx, text);
    return value;
}

static JSValue json_read_number(JSONReader *r)
{
    const uint8_t *p = r->p, *end = r->end, *start = p, *digits;
    bool negative = *p == '-', has_exponent = false;
    uint64_t whole = 0;
    int count, fraction = 0;
    double value;
    p += negative;
    digits = p;
    while (p < end && is_digit(*p))
        whole = whole * 10 + (*p++ - '0');
    count = p - digits;
    if (count == 0 || (count > 1 && *digits == '0'))
        return json_declined();
    if (p < end && *p == '.') {
        digits = ++p;
        while (p < end && is_digit(*p))
            whole = whole * 10 + (*p++ - '0');
        fraction = p - digits;
        if (fraction == 0)
            return json_declined();
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        has_exponent = true;
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        digits = p;
        while (p < end && is_digit(*p))
            p++;
        if (p == digits)
            return json_declined();
    }
    r->p = p;
    if (has_exponent || count + fraction > JSON_EXACT_DIGITS)
        return json_read_long_number(r, start);
    if (fraction == 0 && whole <= INT32_MAX && !(negative && whole == 0))
        return js_int32(negative ? -(int32_t)whole : (int32_t)whole);
    value = (double)whole / json_powers[fraction];
    return js_float64(negative ? -value : value);
}

/* The atom of a key, from the first character after the quote. */
static JSAtom json_read_key(JSONReader *r)
{
    size_t len = json_plain_len(r->p, r->end);
    const uint8_t *start = r->p;
    JSValue value;
    JSAtom atom;
    if (r->end - start > len && start[len] == '"' && !(len && is_digit(*start))) {
        atom = __JS_FindAtom(r->ctx->rt, (const char *)start, len, JS_ATOM_TYPE_STRING);
        if (atom != JS_ATOM_NULL) {
            r->p += len + 1;
            return atom;
        }
    }
    value = json_read_string(r);
    if (JS_IsException(value))
        return JS_ATOM_NULL;
    atom = JS_NewAtomStr(r->ctx, JS_VALUE_GET_STRING(value));
    if (atom == JS_ATOM_NULL)
        r->thrown = true;
    return atom;
}

/* Whether the next key is this one; then it has been read. */
static inline bool json_skip_key(JSONReader *r, JSAtom key)
{
    JSString *name = r->ctx->rt->atom_array[key];
    size_t len = name->len;
    if (r->end - r->p <= len || r->p[len] != '"' || !json_equal(r->p, str8(name), len))
        return false;
    r->p += len + 1;
    return true;
}

/* Whether an object of this shape can be made from keys in their order. */
static bool json_is_simple_shape(JSContext *ctx, JSShape *shape)
{
    JSShapeProperty *prop = get_shape_prop(shape);
    int i;
    if (!shape->is_hashed || shape->prop_count > JSON_DEPTH)
        return false;
    for (i = 0; i < shape->prop_count; i++, prop++) {
        JSString *name;
        if (prop->atom == JS_ATOM_NULL || __JS_AtomIsTaggedInt(prop->atom) || prop->flags != JS_PROP_C_W_E)
            return false;
        name = ctx->rt->atom_array[prop->atom];
        if (name->is_wide_char || name->atom_type != JS_ATOM_TYPE_STRING
        ||  json_plain_len(str8(name), str8(name) + name->len) != name->len)
            return false;
    }
    return true;
}

static void json_remember(JSContext *ctx, int depth, JSShape *shape)
{
    JSShape *old = json_shapes[depth];
    if (shape == old || !json_is_simple_shape(ctx, shape))
        return;
    json_shapes[depth] = js_dup_shape(shape);
    if (old)
        js_free_shape(ctx->rt, old);
}

/* Lets the last entries of an object own their keys, which were those of a shape. */
static void json_own_keys(JSONReader *r, int start)
{
    int i;
    for (i = start; i < r->count; i++)
        JS_DupAtom(r->ctx, r->entries[i].key);
}

/* Drops entries from 'start' on. */
static void json_drop(JSONReader *r, int start, bool owns_keys)
{
    while (r->count > start) {
        JSONEntry *entry = &r->entries[--r->count];
        JS_FreeValue(r->ctx, entry->value);
        if (owns_keys)
            JS_FreeAtom(r->ctx, entry->key);
    }
}

/* Makes an object of the last entries, which have its keys. */
static JSValue json_make_object(JSONReader *r, int start)
{
    JSContext *ctx = r->ctx;
    JSValue object = JS_NewObject(ctx);
    JSObject *p;
    int i;
    if (JS_IsException(object))
        goto thrown;
    p = JS_VALUE_GET_OBJ(object);
    for (i = start; i < r->count; i++) {
        JSONEntry *entry = &r->entries[i];
        JSProperty *prop;
        if (find_own_property(&prop, p, entry->key)) {
            /* the last of equal keys counts */
            set_value(ctx, &prop->u.value, entry->value);
        } else {
            prop = add_property(ctx, p, entry->key, JS_PROP_C_W_E);
            if (!prop)
                goto thrown;
            prop->u.value = entry->value;
        }
        entry->value = JS_UNDEFINED;
    }
    json_drop(r, start, true);
    return object;
 thrown:
    JS_FreeValue(ctx, object);
    json_drop(r, start, true);
    return json_thrown(r);
}

/* Makes an object of this shape from the last entries, which have its keys in its order. */
static JSValue json_make_shaped(JSONReader *r, int start, JSShape *shape)
{
    JSValue object = JS_NewObjectFromShape(r->ctx, js_dup_shape(shape), JS_CLASS_OBJECT, NULL);
    JSProperty *prop;
    int i;
    if (JS_IsException(object)) {
        json_drop(r, start, false);
        return json_thrown(r);
    }
    prop = JS_VALUE_GET_OBJ(object)->prop;
    for (i = start; i < r->count; i++)
        (prop++)->u.value = r->entries[i].value;
    r->count = start;
    return object;
}

/* An object, from the first character after the brace. */
static JSValue json_read_object(JSONReader *r)
{
    JSContext *ctx = r->ctx;
    int start = r->count, n = 0, depth = r->depth - 1;
    JSShape *shape = depth < JSON_SHAPES ? json_shapes[depth] : NULL;
    bool follows = shape && shape->proto == JS_VALUE_GET_OBJ(ctx->class_proto[JS_CLASS_OBJECT]);
    JSValue object;
    if (json_peek(r) == '}') {
        r->p++;
        object = JS_NewObject(ctx);
        return JS_IsException(object) ? json_thrown(r) : object;
    }
    for (;; n++) {
        JSAtom key;
        JSValue value;
        int c;
        if (json_peek(r) != '"')
            goto declined;
        r->p++;
        if (follows && n < shape->prop_count && json_skip_key(r, get_shape_prop(shape)[n].atom)) {
            key = get_shape_prop(shape)[n].atom;
        } else {
            if (follows) {
                json_own_keys(r, start);
                follows = false;
            }
            key = json_read_key(r);
            if (key == JS_ATOM_NULL)
                goto declined;
        }
        value = JS_EXCEPTION;
        if (json_peek(r) == ':') {
            r->p++;
            value = json_read_value(r);
        }
        if (JS_IsException(value) || !json_push(r, value, key)) {
            JS_FreeValue(ctx, value);
            if (!follows)
                JS_FreeAtom(ctx, key);
            goto declined;
        }
        c = json_peek(r);
        r->p++;
        if (c == '}')
            break;
        if (c != ',')
            goto declined;
    }
    if (follows && n + 1 == shape->prop_count)
        return json_make_shaped(r, start, shape);
    if (follows)
        json_own_keys(r, start);
    object = json_make_object(r, start);
    if (!JS_IsException(object) && depth < JSON_SHAPES)
        json_remember(ctx, depth, JS_VALUE_GET_OBJ(object)->shape);
    return object;
 declined:
    json_drop(r, start, !follows);
    return JS_EXCEPTION;
}

/* An array, from the first character after the bracket. */
static JSValue json_read_array(JSONReader *r)
{
    JSContext *ctx = r->ctx;
    int start = r->count, count, i;
    JSValue array;
    JSObject *p;
    if (json_peek(r) == ']') {
        r->p++;
    } else {
        for (;;) {
            JSValue value = json_read_value(r);
            int c;
            if (JS_IsException(value) || !json_push(r, value, JS_ATOM_NULL)) {
                JS_FreeValue(ctx, value);
                goto declined;
            }
            c = json_peek(r);
            r->p++;
            if (c == ']')
                break;
            if (c != ',')
                goto declined;
        }
    }
    count = r->count - start;
    array = JS_NewArray(ctx);
    if (JS_IsException(array))
        goto thrown;
    p = JS_VALUE_GET_OBJ(array);
    if (count > 0 && expand_fast_array(ctx, p, count)) {
        JS_FreeValue(ctx, array);
        goto thrown;
    }
    for (i = 0; i < count; i++)
        p->u.array.u.values[i] = r->entries[start + i].value;
    p->u.array.count = count;
    p->prop[0].u.value = js_int32(count);
    r->count = start;
    return array;
 thrown:
    r->thrown = true;
 declined:
    json_drop(r, start, false);
    return JS_EXCEPTION;
}

static bool json_skip_word(JSONReader *r, const char *word, size_t len)
{
    if (r->end - r->p < len || !json_equal(r->p, (const uint8_t *)word, len))
        return false;
    r->p += len;
    return true;
}

static JSValue json_read_value(JSONReader *r)
{
    JSValue value;
    switch (json_peek(r)) {
    case '"':
        r->p++;
        return json_read_string(r);
    case '{':
    case '[':
        if (r->depth == JSON_DEPTH)
            return json_declined();
        r->depth++;
        value = *r->p++ == '{' ? json_read_object(r) : json_read_array(r);
        r->depth--;
        return value;
    case 't':
        return json_skip_word(r, "true", 4) ? JS_TRUE : json_declined();
    case 'f':
        return json_skip_word(r, "false", 5) ? JS_FALSE : json_declined();
    case 'n':
        return json_skip_word(r, "null", 4) ? JS_NULL : json_declined();
    case '-':
    case '0' ... '9':
        return json_read_number(r);
    default:
        return json_declined();
    }
}

/* Parses a text. JS_UNINITIALIZED if QuickJS is to do it. */
static JSValue json_fast_parse(JSContext *ctx, JSValueConst text)
{
    JSString *string = JS_VALUE_GET_STRING(text);
    JSONReader reader = { .ctx = ctx }, *r = &reader;
    JSValue value;
    if (string->is_wide_char)
        return JS_UNINITIALIZED;
    r->p = str8(string);
    r->end = r->p + string->len;
    value = json_read_value(r);
    if (!JS_IsException(value) && json_peek(r) >= 0) {
        JS_FreeValue(ctx, value);
        value = JS_EXCEPTION;
    }
    js_free(ctx, r->entries);
    return JS_IsException(value) && !r->thrown ? JS_UNINITIALIZED : value;
}

/* ---- stringify ---- */

typedef struct {
    JSContext *ctx;
    StringBuffer *b;
    /* the objects around the value */
    JSObject *around[JSON_DEPTH];
    int depth;
    /* an exception is pending; else what failed is left to QuickJS */
    bool thrown;
} JSONWriter;

static bool json_write_value(JSONWriter *w, JSValueConst value);

/* Makes room for some more characters. They can be written at the result if it is not NULL; else the text is
   wide, or there is no memory. */
static inline uint8_t *json_room(JSONWriter *w, size_t len)
{
    StringBuffer *b = w->b;
    if (unlikely(b->len + len > b->size)) {
        size_t size = (b->len + len) * 2;
        if (size > JS_STRING_LEN_MAX || string_buffer_realloc(b, size, 0))
            return NULL;
    }
    return b->is_wide_char ? NULL : str8(b->str) + b->len;
}

static inline bool json_put8(JSONWriter *w, const uint8_t *text, size_t len)
{
    uint8_t *to = json_room(w, len);
    if (likely(to)) {
        json_copy(to, text, len);
        w->b->len += len;
        return true;
    }
    if (string_buffer_write8(w->b, text, len)) {
        w->thrown = true;
        return false;
    }
    return true;
}

static inline bool json_putc(JSONWriter *w, char c)
{
    return json_put8(w, (const uint8_t *)&c, 1);
}

/* A string with quotes around it, where some characters are special or wide. */
static bool json_quote_slowly(JSONWriter *w, JSString *string)
{
    JSValue quoted = JS_ToQuotedString(w->ctx, JS_MKPTR(JS_TAG_STRING, string));
    if (JS_IsException(quoted) || string_buffer_concat_value_free(w->b, quoted)) {
        w->thrown = true;
        return false;
    }
    return true;
}

static bool json_quote(JSONWriter *w, JSString *string)
{
    size_t len = string->len;
    const uint8_t *text;
    uint8_t *to;
    if (string->is_wide_char)
        return json_quote_slowly(w, string);
    text = str8(string);
    if (json_plain_len(text, text + len) != len)
        return json_quote_slowly(w, string);
    to = json_room(w, len + 2);
    if (!to)
        return json_quote_slowly(w, string);
    to[0] = '"';
    json_copy(to + 1, text, len);
    to[len + 1] = '"';
    w->b->len += len + 2;
    return true;
}

/* A decimal with few digits. 0 if the number is none: then its shortest form takes more work. A decimal of at
   most 15 digits that gives the number is the only one of its length, so the shortest is found first. */
static size_t json_short_decimal(char *text, double value)
{
    double magnitude = fabs(value);
    int places;
    if (!(magnitude >= 1e-3 && magnitude < 1e9))
        return 0;
    for (places = 1; places <= 6; places++) {
        double scaled = magnitude * json_powers[places];
        uint64_t digits = (uint64_t)(scaled + 0.5);
        if ((double)digits / json_powers[places] == magnitude) {
            char *p = text;
            uint64_t power = (uint64_t)json_powers[places], part = digits % power;
            int i;
            if (value < 0)
                *p++ = '-';
            p += u64toa(p, digits / power);
            *p++ = '.';
            for (i = places - 1; i >= 0; i--, part /= 10)
                p[i] = '0' + part % 10;
            return p + places - text;
        }
    }
    return 0;
}

static bool json_write_double(JSONWriter *w, double value)
{
    char text[128];
    JSDTOATempMem temporary;
    size_t len;
    if (!isfinite(value))
        return json_put8(w, (const uint8_t *)"null", 4);
    if (value == 0)
        return json_putc(w, '0');
    if (fabs(value) < 1e15 && value == (double)(int64_t)value)
        len = i64toa(text, (int64_t)value);
    else if ((len = json_short_decimal(text, value)) == 0)
        len = js_dtoa(text, value, 10, 0, JS_DTOA_FORMAT_FREE, &temporary);
    return json_put8(w, (const uint8_t *)text, len);
}

/* Whether stringify would find no toJSON on the way up from here. */
static bool json_has_plain_prototypes(JSObject *p)
{
    for (p = p->shape->proto; p; p = p->shape->proto) {
        if ((p->is_exotic && p->class_id != JS_CLASS_ARRAY) || find_own_property1(p, JS_ATOM_toJSON))
            return false;
    }
    return true;
}

/* Enters an object, unless something about it is unusual. */
static bool json_enter(JSONWriter *w, JSObject *p)
{
    int i;
    if (w->depth == JSON_DEPTH || !json_has_plain_prototypes(p))
        return false;
    for (i = 0; i < w->depth; i++) {
        if (w->around[i] == p)
            return false;
    }
    w->around[w->depth++] = p;
    return true;
}

/* Whether a value is left out of an object, and is null in an array. */
static inline bool json_is_nothing(JSValueConst value)
{
    int tag = JS_VALUE_GET_TAG(value);
    return tag == JS_TAG_UNDEFINED || tag == JS_TAG_SYMBOL;
}

static bool json_write_array(JSONWriter *w, JSObject *p)
{
    uint32_t i, count = p->u.array.count;
    /* only a length, and no gaps at the end */
    if (!p->fast_array || p->shape->prop_count != 1 || JS_VALUE_GET_TAG(p->prop[0].u.value) != JS_TAG_INT
    ||  JS_VALUE_GET_INT(p->prop[0].u.value) != count || !json_enter(w, p) || !json_putc(w, '['))
        return false;
    for (i = 0; i < count; i++) {
        JSValueConst value = p->u.array.u.values[i];
        if (i > 0 && !json_putc(w, ','))
            return false;
        if (!json_write_value(w, json_is_nothing(value) ? JS_NULL : value))
            return false;
    }
    w->depth--;
    return json_putc(w, ']');
}

static bool json_write_object(JSONWriter *w, JSObject *p)
{
    JSShapeProperty *prop = get_shape_prop(p->shape);
    int i, count = p->shape->prop_count;
    bool has_content = false;
    if (p->is_exotic || !json_enter(w, p) || !json_putc(w, '{'))
        return false;
    for (i = 0; i < count; i++, prop++) {
        JSValueConst value = p->prop[i].u.value;
        JSString *name;
        if (prop->atom == JS_ATOM_NULL)
            continue;
        /* numbers come first, and by their value */
        if (__JS_AtomIsTaggedInt(prop->atom) || prop->atom == JS_ATOM_toJSON)
            return false;
        name = w->ctx->rt->atom_array[prop->atom];
        if (!(prop->flags & JS_PROP_ENUMERABLE) || name->atom_type != JS_ATOM_TYPE_STRING)
            continue;
        if ((prop->flags & JS_PROP_TMASK) != JS_PROP_NORMAL)
            return false;
        if (json_is_nothing(value))
            continue;
        if (has_content && !json_putc(w, ','))
            return false;
        has_content = true;
        if (!json_quote(w, name) || !json_putc(w, ':') || !json_write_value(w, value))
            return false;
    }
    w->depth--;
    return json_putc(w, '}');
}

static bool json_write_rope(JSONWriter *w, JSValueConst value)
{
    JSValue string = JS_ToString(w->ctx, value);
    bool written;
    if (JS_IsException(string)) {
        w->thrown = true;
        return false;
    }
    written = json_quote(w, JS_VALUE_GET_STRING(string));
    JS_FreeValue(w->ctx, string);
    return written;
}

static bool json_write_value(JSONWriter *w, JSValueConst value)
{
    char text[16];
    JSObject *p;
    switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_INT:
        return json_put8(w, (const uint8_t *)text, i32toa(text, JS_VALUE_GET_INT(value)));
    case JS_TAG_BOOL:
        return JS_VALUE_GET_BOOL(value) ? json_put8(w, (const uint8_t *)"true", 4)
                                        : json_put8(w, (const uint8_t *)"false", 5);
    case JS_TAG_NULL:
        return json_put8(w, (const uint8_t *)"null", 4);
    case JS_TAG_FLOAT64:
        return json_write_double(w, JS_VALUE_GET_FLOAT64(value));
    case JS_TAG_STRING:
        return json_quote(w, JS_VALUE_GET_STRING(value));
    case JS_TAG_STRING_ROPE:
        return json_write_rope(w, value);
    case JS_TAG_OBJECT:
        p = JS_VALUE_GET_OBJ(value);
        if (p->class_id == JS_CLASS_OBJECT)
            return json_write_object(w, p);
        return p->class_id == JS_CLASS_ARRAY && json_write_array(w, p);
    default:
        return false;
    }
}

/* Writes an object or array without replacer and spaces. JS_UNINITIALIZED if QuickJS is to do it. */
static JSValue json_fast_stringify(JSContext *ctx, JSValueConst value)
{
    StringBuffer buffer;
    JSONWriter writer, *w = &writer;
    if (!JS_IsObject(value))
        return JS_UNINITIALIZED;
    w->ctx = ctx;
    w->b = &buffer;
    w->depth = 0;
    w->thrown = false;
    if (string_buffer_init(ctx, w->b, 256))
        return JS_EXCEPTION;
    if (json_write_value(w, value))
        return string_buffer_end(w->b);
    string_buffer_free(w->b);
    return w->thrown || w->b->error_status ? JS_EXCEPTION : JS_UNINITIALIZED;
}
