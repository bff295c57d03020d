/* JSON.parse for texts of characters below 256; see json.h. */

/* A value that waits for its object or array to be complete. */
typedef struct {
    JSValue value;
    JSAtom key;
} JSONEntry;

typedef struct {
    JSContext *ctx;
    const uint8_t *p, *end;
    /* those of the stack until there are more */
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

/* Makes room for more entries. */
static no_inline bool json_grow_entries(JSONReader *r)
{
    int size = r->size * 2;
    JSONEntry *old = r->size == JSON_ENTRIES ? NULL : r->entries;
    JSONEntry *entries = js_realloc(r->ctx, old, size * sizeof(*entries));
    if (!entries) {
        r->thrown = true;
        return false;
    }
    if (!old)
        memcpy(entries, r->entries, r->count * sizeof(*entries));
    r->entries = entries;
    r->size = size;
    return true;
}

static inline bool json_push(JSONReader *r, JSValue value, JSAtom key)
{
    if (unlikely(r->count == r->size) && !json_grow_entries(r))
        return false;
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
        if (name->is_wide_char || name->atom_type != JS_ATOM_TYPE_STRING || !json_is_plain(str8(name), name->len))
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
    JSONEntry entries[JSON_ENTRIES];
    JSONReader reader = { .ctx = ctx, .entries = entries, .size = JSON_ENTRIES }, *r = &reader;
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
    if (r->entries != entries)
        js_free(ctx, r->entries);
    return JS_IsException(value) && !r->thrown ? JS_UNINITIALIZED : value;
}
