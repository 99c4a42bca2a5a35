package tramontane.chat.jinja;

/**
 * The value of a missing name, attribute or key. It prints as nothing, is false and has no items.
 * Any other use fails with {@code reason}.
 */
record Undefined(String reason) {
    static Undefined name(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    static Undefined attribute(Object owner, String name) {
        String described =
                owner == None.NONE ? "'None'" : "'" + Values.typeName(owner) + " object'";
        return new Undefined(described + " has no attribute '" + name + "'");
    }

    TemplateException failure() {
        return TemplateException.failed(reason);
    }
}
