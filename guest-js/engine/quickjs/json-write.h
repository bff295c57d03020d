/* JSON.stringify for plain objects and arrays; see json.h. */

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
