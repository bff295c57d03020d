/* JSON.stringify for plain objects and arrays; see json.h. */

typedef struct {
    JSContext *ctx;
    /* what has been written is in its string; json_pause() sets its length before others write to it, and
       json_resume() goes on behind them */
    StringBuffer *b;
    /* the next character, and the end of the room for them; NULL while the text is wide */
    uint8_t *to, *end;
    /* the objects around the value */
    JSObject *around[JSON_DEPTH];
    int depth;
    /* an exception is pending; else what failed is left to QuickJS */
    bool thrown;
} JSONWriter;

/* How much room the next text gets at first: what the last one took, and an eighth more, as the messages of a test
   look alike. */
static uint32_t json_expected_len = JSON_LEAST_ROOM;

static bool json_write_value(JSONWriter *w, JSValueConst value);

/* Tells the buffer how much has been written. */
static void json_pause(JSONWriter *w)
{
    if (w->to)
        w->b->len = w->to - str8(w->b->str);
}

/* Goes on writing where the buffer ends. */
static void json_resume(JSONWriter *w)
{
    StringBuffer *b = w->b;
    bool narrow = !b->is_wide_char && !b->error_status;
    w->to = narrow ? str8(b->str) + b->len : NULL;
    w->end = narrow ? str8(b->str) + b->size : NULL;
}

static no_inline uint8_t *json_more_room(JSONWriter *w, size_t len)
{
    StringBuffer *b = w->b;
    json_pause(w);
    if (b->is_wide_char || b->len + len > JS_STRING_LEN_MAX / 2)
        return NULL;
    string_buffer_realloc(b, (b->len + len) * 2, 0);
    json_resume(w);
    return w->to;
}

/* Makes room for some more characters. If the result is not NULL, the caller writes them there, and moves w->to behind
   them; else the text is wide, or there is no memory. */
static inline uint8_t *json_room(JSONWriter *w, size_t len)
{
    return likely((size_t)(w->end - w->to) >= len) ? w->to : json_more_room(w, len);
}

static no_inline bool json_put_slowly(JSONWriter *w, const char *text, size_t len)
{
    bool written;
    json_pause(w);
    written = !string_buffer_write8(w->b, (const uint8_t *)text, len);
    w->thrown |= !written;
    json_resume(w);
    return written;
}

/* A text whose length the compiler knows. */
static inline bool json_put(JSONWriter *w, const char *text, size_t len)
{
    uint8_t *to = json_room(w, len);
    if (unlikely(!to))
        return json_put_slowly(w, text, len);
    __builtin_memcpy(to, text, len);
    w->to = to + len;
    return true;
}

static inline bool json_putc(JSONWriter *w, char c)
{
    return json_put(w, &c, 1);
}

/* A string with quotes around it, where some characters are special or wide. */
static no_inline bool json_quote_slowly(JSONWriter *w, JSString *string)
{
    JSValue quoted;
    bool written;
    json_pause(w);
    quoted = JS_ToQuotedString(w->ctx, JS_MKPTR(JS_TAG_STRING, string));
    written = !JS_IsException(quoted) && !string_buffer_concat_value_free(w->b, quoted);
    w->thrown |= !written;
    json_resume(w);
    return written;
}

/* The room for a string with its quotes and some characters more, if it can be written there as it is. */
static inline uint8_t *json_room_for(JSONWriter *w, JSString *string, size_t more)
{
    if (string->is_wide_char || !json_is_plain(str8(string), string->len))
        return NULL;
    return json_room(w, string->len + 2 + more);
}

static inline uint8_t *json_copy_quoted(uint8_t *to, JSString *string)
{
    *to++ = '"';
    json_copy(to, str8(string), string->len);
    to += string->len;
    *to++ = '"';
    return to;
}

static bool json_quote(JSONWriter *w, JSString *string)
{
    uint8_t *to = json_room_for(w, string, 0);
    if (unlikely(!to))
        return json_quote_slowly(w, string);
    w->to = json_copy_quoted(to, string);
    return true;
}

/* A key with its colon, after a comma if others come before it. */
static bool json_write_key(JSONWriter *w, JSString *name, bool follows)
{
    uint8_t *to = json_room_for(w, name, 2);
    if (unlikely(!to))
        return (!follows || json_putc(w, ',')) && json_quote_slowly(w, name) && json_putc(w, ':');
    *to = ',';
    to = json_copy_quoted(to + follows, name);
    *to++ = ':';
    w->to = to;
    return true;
}

static bool json_write_int(JSONWriter *w, int32_t value)
{
    char text[12];
    uint8_t *to = json_room(w, sizeof(text));
    if (unlikely(!to))
        return json_put_slowly(w, text, i32toa(text, value));
    if (value >= 0 && value < 10)
        *to++ = '0' + value;
    else
        to += i32toa((char *)to, value);
    w->to = to;
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
    uint8_t *to;
    size_t len;
    if (!isfinite(value))
        return json_put(w, "null", 4);
    if (value == 0)
        return json_putc(w, '0');
    if (fabs(value) < 1e15 && value == (double)(int64_t)value)
        len = i64toa(text, (int64_t)value);
    else if ((len = json_short_decimal(text, value)) == 0)
        len = js_dtoa(text, value, 10, 0, JS_DTOA_FORMAT_FREE, &temporary);
    to = json_room(w, len);
    if (unlikely(!to))
        return json_put_slowly(w, text, len);
    json_copy(to, (const uint8_t *)text, len);
    w->to = to + len;
    return true;
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
        if (name->len == JSON_LONG_INDEX && !name->is_wide_char && is_digit(*str8(name)))
            return false;
        if ((prop->flags & JS_PROP_TMASK) != JS_PROP_NORMAL)
            return false;
        if (json_is_nothing(value))
            continue;
        if (!json_write_key(w, name, has_content) || !json_write_value(w, value))
            return false;
        has_content = true;
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
    JSObject *p;
    switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_INT:
        return json_write_int(w, JS_VALUE_GET_INT(value));
    case JS_TAG_BOOL:
        return JS_VALUE_GET_BOOL(value) ? json_put(w, "true", 4) : json_put(w, "false", 5);
    case JS_TAG_NULL:
        return json_put(w, "null", 4);
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

/* How much room a text gets that is like one of this length. */
static uint32_t json_expect(size_t len)
{
    size_t room = len + len / 8;
    return room < JSON_LEAST_ROOM ? JSON_LEAST_ROOM : room > JSON_MOST_ROOM ? JSON_MOST_ROOM : room;
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
    if (string_buffer_init(ctx, w->b, json_expected_len)) {
        /* a short text may have room where a long one has none */
        JS_FreeValue(ctx, JS_GetException(ctx));
        json_expected_len = JSON_LEAST_ROOM;
        if (string_buffer_init(ctx, w->b, json_expected_len))
            return JS_EXCEPTION;
    }
    json_resume(w);
    if (json_write_value(w, value)) {
        json_pause(w);
        json_expected_len = json_expect(w->b->len);
        return string_buffer_end(w->b);
    }
    string_buffer_free(w->b);
    return w->thrown || w->b->error_status ? JS_EXCEPTION : JS_UNINITIALIZED;
}
