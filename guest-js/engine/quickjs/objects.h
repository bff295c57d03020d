/* Objects of the shim that the engine knows: the events of messages, and sockets. Included in quickjs.c. */

/* How the shim's message events look, and where things are in the array of one. */
typedef struct {
    /* an event, and its array */
    JSValue event, state;
    int flags, time, target, current_target, data, origin;
    /* the flag that an event is a message's */
    int kind;
    /* the flags of an event that is being dispatched, and those that are taken away afterwards */
    int dispatched, stopped;
} JSMessageTemplate;

static JSMessageTemplate js_message_template;

/* An event that nobody has kept, for the next message: making one takes longer than most handlers. */
static JSObject *js_spare_message;

/* Takes how message events look. The template's values are its own from here on. */
void JS_SetMessageTemplate(const JSMessageTemplate *t)
{
    js_message_template = *t;
}

/* What the array of an event has if it is a message's, and looks as the engine makes it; else NULL. */
static JSValue *js_message_values(JSValueConst event)
{
    const JSMessageTemplate *t = &js_message_template;
    JSObject *p, *state;
    if (!JS_IsObject(event) || !JS_IsObject(t->event))
        return NULL;
    p = JS_VALUE_GET_OBJ(event);
    if (p->shape != JS_VALUE_GET_OBJ(t->event)->shape || !JS_IsObject(p->prop[0].u.value))
        return NULL;
    state = JS_VALUE_GET_OBJ(p->prop[0].u.value);
    if (!state->fast_array || state->u.array.count != JS_VALUE_GET_OBJ(t->state)->u.array.count)
        return NULL;
    return JS_VALUE_GET_INT(state->u.array.u.values[t->flags]) & t->kind ? state->u.array.u.values : NULL;
}

/* The getter of an event's data. What is no such event has the getter of the shim, which is the function's data. */
static JSValue js_message_data(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv, int magic,
                               JSValueConst *func_data)
{
    JSValue *values = js_message_values(this_val);
    return likely(values) ? js_dup(values[js_message_template.data]) : JS_Call(ctx, func_data[0], this_val, 0, NULL);
}

/* Makes the getter of an event's data that takes the place of the shim's. */
JSValue JS_NewMessageData(JSContext *ctx, JSValueConst getter)
{
    return JS_NewCFunctionData2(ctx, js_message_data, "get data", 0, 0, 1, &getter);
}

/* Makes an event that has no message yet. */
static JSValue js_new_message_event(JSContext *ctx)
{
    const JSMessageTemplate *t = &js_message_template;
    JSObject *like = JS_VALUE_GET_OBJ(t->event), *from = JS_VALUE_GET_OBJ(t->state);
    JSValue state, event;
    if (js_spare_message) {
        event = JS_MKPTR(JS_TAG_OBJECT, js_spare_message);
        js_spare_message = NULL;
        return event;
    }
    if (like->shape->prop_count != 1)
        return JS_ThrowInternalError(ctx, "the template has %d properties", like->shape->prop_count);
    state = js_create_array(ctx, from->u.array.count, (JSValueConst *)from->u.array.u.values);
    if (JS_IsException(state))
        return state;
    event = JS_NewObjectFromShape(ctx, js_dup_shape(like->shape), JS_CLASS_OBJECT, NULL);
    if (JS_IsException(event))
        JS_FreeValue(ctx, state);
    else
        JS_VALUE_GET_OBJ(event)->prop[0].u.value = state;
    return event;
}

/* Keeps an event for the next message if no script can tell: nothing refers to it, weakly neither, and it is as it
   was made. Otherwise it only ends being dispatched. */
static void js_end_message(JSContext *ctx, JSValue event)
{
    const JSMessageTemplate *t = &js_message_template;
    JSObject *p = JS_VALUE_GET_OBJ(event), *state = JS_VALUE_GET_OBJ(p->prop[0].u.value);
    JSValue *values = state->u.array.u.values;
    bool kept = JS_REF_COUNT(p) > 1;
    if (kept || js_spare_message || p->first_weak_ref || !p->extensible || js_message_values(event) != values) {
        if (kept) {
            int flags = JS_VALUE_GET_INT(values[t->flags]);
            set_value(ctx, &values[t->flags], js_int32(flags & ~t->stopped));
            set_value(ctx, &values[t->current_target], JS_NULL);
        }
        JS_FreeValue(ctx, event);
        return;
    }
    js_spare_message = p;
    set_value(ctx, &values[t->target], JS_NULL);
    set_value(ctx, &values[t->current_target], JS_NULL);
    set_value(ctx, &values[t->data], JS_NULL);
    set_value(ctx, &values[t->origin], JS_NULL);
}

/* Calls the only listener of a target with the event of a message: what callListeners of the shim does for
   one listener. Takes 'data'. */
JSValue JS_DispatchMessage(JSContext *ctx, JSValueConst listener, JSValueConst target, JSValueConst origin,
                           JSValue data, double at)
{
    const JSMessageTemplate *t = &js_message_template;
    JSValue event = js_new_message_event(ctx), result, *values;
    if (JS_IsException(event)) {
        JS_FreeValue(ctx, data);
        return event;
    }
    values = JS_VALUE_GET_OBJ(JS_VALUE_GET_OBJ(event)->prop[0].u.value)->u.array.u.values;
    set_value(ctx, &values[t->flags], js_int32(t->dispatched));
    set_value(ctx, &values[t->time], js_float64(at));
    set_value(ctx, &values[t->target], js_dup(target));
    set_value(ctx, &values[t->current_target], js_dup(target));
    set_value(ctx, &values[t->data], data);
    set_value(ctx, &values[t->origin], js_dup(origin));
    result = JS_Call(ctx, listener, target, 1, (JSValueConst *)&event);
    js_end_message(ctx, event);
    return result;
}

/* How the shim's sockets and their connections look, and where things are in them. */
typedef struct {
    JSShape *socket, *connection;
    int at, ready_state, id;
} JSSocketLayout;

static JSSocketLayout js_socket_layout;

/* Where a property is in an object; -1 if it is not there, or is no plain value. */
static int js_find_place(JSContext *ctx, JSObject *p, const char *name)
{
    JSAtom atom = JS_NewAtom(ctx, name);
    JSProperty *found;
    JSShapeProperty *prop = atom == JS_ATOM_NULL ? NULL : find_own_property(&found, p, atom);
    JS_FreeAtom(ctx, atom);
    return prop && (prop->flags & JS_PROP_TMASK) == JS_PROP_NORMAL ? found - p->prop : -1;
}

/* Takes how a socket with this connection looks. All look alike unless a script has changed one, and what is kept here is
   not changed in place, as hashed shapes are not. */
void JS_NoteSocket(JSContext *ctx, JSValueConst socket, JSValueConst connection)
{
    JSSocketLayout *l = &js_socket_layout, found;
    JSObject *p = JS_VALUE_GET_OBJ(socket), *q = JS_VALUE_GET_OBJ(connection);
    if (l->socket || !p->shape->is_hashed || !q->shape->is_hashed)
        return;
    for (found.at = 0; found.at < p->shape->prop_count; found.at++) {
        bool is_plain = (get_shape_prop(p->shape)[found.at].flags & JS_PROP_TMASK) == JS_PROP_NORMAL;
        if (is_plain && JS_IsObject(p->prop[found.at].u.value) && JS_VALUE_GET_OBJ(p->prop[found.at].u.value) == q)
            break;
    }
    found.ready_state = js_find_place(ctx, q, "readyState");
    found.id = js_find_place(ctx, q, "id");
    if (found.at == p->shape->prop_count || found.ready_state < 0 || found.id < 0)
        return;
    found.socket = js_dup_shape(p->shape);
    found.connection = js_dup_shape(q->shape);
    *l = found;
}

/* The number of a socket whose connection is in this state; -1 if it is in another, or looks unusual. */
int32_t JS_SocketInState(JSValueConst socket, int32_t ready_state)
{
    const JSSocketLayout *l = &js_socket_layout;
    JSObject *p;
    if (!JS_IsObject(socket))
        return -1;
    p = JS_VALUE_GET_OBJ(socket);
    if (p->shape != l->socket || !JS_IsObject(p->prop[l->at].u.value))
        return -1;
    p = JS_VALUE_GET_OBJ(p->prop[l->at].u.value);
    if (p->shape != l->connection || JS_VALUE_GET_TAG(p->prop[l->ready_state].u.value) != JS_TAG_INT
    ||  JS_VALUE_GET_INT(p->prop[l->ready_state].u.value) != ready_state
    ||  JS_VALUE_GET_TAG(p->prop[l->id].u.value) != JS_TAG_INT)
        return -1;
    return JS_VALUE_GET_INT(p->prop[l->id].u.value);
}
