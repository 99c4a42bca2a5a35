package tramontane.chat.jinja;

/**
 * A value that can be called: a macro, a global function, a method bound to its receiver, a
 * recursive loop.
 */
@FunctionalInterface
interface Callable {
    Object call(Interpreter interpreter, Arguments arguments);
}
