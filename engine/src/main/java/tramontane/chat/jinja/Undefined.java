package tramontane.chat.jinja;

/**
 * What a missing name, attribute or key gives: it prints as nothing, is false, holds no items, and
 * fails at any other use with {@code reason}.
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
