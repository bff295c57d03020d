/* Objects that the engine makes without running JavaScript. Included in quickjs.c. */

/* Makes an object of the same shape as 'like', whose only property has this value. Takes the value. */
JSValue JS_NewObjectLike(JSContext *ctx, JSValueConst like, JSValue value)
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

/* Whether nobody but the caller holds this object. */
bool JS_IsLastReference(JSValueConst object)
{
    return JS_REF_COUNT(JS_VALUE_GET_OBJ(object)) == 1;
}
