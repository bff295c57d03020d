/* Events that the engine makes without running JavaScript. Included in quickjs.c. */

/* How the shim's message events look, and where things are in the array of one. */
typedef struct {
    /* an event, and its array */
    JSValue event, state;
    int flags, time, target, current_target, data, origin;
    /* the flags of an event that is being dispatched, and those that are taken away afterwards */
    int dispatched, stopped;
} JSMessageTemplate;

/* Makes an object of the same shape as 'like', whose only property has this value. Takes the value. */
static JSValue js_new_object_like(JSContext *ctx, JSValueConst like, JSValue value)
{
    JSShape *shape = JS_VALUE_GET_OBJ(like)->shape;
    JSValue object;
    if (shape->prop_count != 1) {
        JS_FreeValue(ctx, value);
        return JS_ThrowInternalError(ctx, "the template has %d properties", shape->prop_count);
    }
    object = JS_NewObjectFromShape(ctx, js_dup_shape(shape), JS_CLASS_OBJECT, NULL);
    if (JS_IsException(object))
        JS_FreeValue(ctx, value);
    else
        JS_VALUE_GET_OBJ(object)->prop[0].u.value = value;
    return object;
}

/* Makes the array of a message event. Takes 'data'. */
static JSValue js_message_state(JSContext *ctx, const JSMessageTemplate *t, JSValueConst target,
                                JSValueConst origin, JSValue data, double at)
{
    JSObject *from = JS_VALUE_GET_OBJ(t->state);
    JSValue state = js_create_array(ctx, from->u.array.count, (JSValueConst *)from->u.array.u.values);
    JSValue *values;
    if (JS_IsException(state)) {
        JS_FreeValue(ctx, data);
        return state;
    }
    values = JS_VALUE_GET_OBJ(state)->u.array.u.values;
    set_value(ctx, &values[t->flags], js_int32(t->dispatched));
    set_value(ctx, &values[t->time], js_float64(at));
    set_value(ctx, &values[t->target], js_dup(target));
    set_value(ctx, &values[t->current_target], js_dup(target));
    set_value(ctx, &values[t->data], data);
    set_value(ctx, &values[t->origin], js_dup(origin));
    return state;
}

/* Calls the only listener of a target with the event of a message: what callListeners of the shim does for
   one listener. Takes 'data'. */
JSValue JS_DispatchMessage(JSContext *ctx, const JSMessageTemplate *t, JSValueConst listener,
                           JSValueConst target, JSValueConst origin, JSValue data, double at)
{
    JSValue state, event, result;
    state = js_message_state(ctx, t, target, origin, data, at);
    if (JS_IsException(state))
        return state;
    event = js_new_object_like(ctx, t->event, js_dup(state));
    if (JS_IsException(event)) {
        JS_FreeValue(ctx, state);
        return event;
    }
    result = JS_Call(ctx, listener, target, 1, (JSValueConst *)&event);
    if (JS_REF_COUNT(JS_VALUE_GET_OBJ(event)) > 1) {
        /* somebody has kept it */
        JSValue *values = JS_VALUE_GET_OBJ(state)->u.array.u.values;
        int flags = JS_VALUE_GET_INT(values[t->flags]);
        set_value(ctx, &values[t->flags], js_int32(flags & ~t->stopped));
        set_value(ctx, &values[t->current_target], JS_NULL);
    }
    JS_FreeValue(ctx, event);
    JS_FreeValue(ctx, state);
    return result;
}
