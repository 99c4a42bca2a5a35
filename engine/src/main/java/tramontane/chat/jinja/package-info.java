/**
 * An interpreter for the part of Jinja that chat templates use, without reflection and with limits.
 *
 * <pre>
 * source ─▶ Lexer ─▶ TemplateParser, ExpressionParser ─▶ Statement, Expr ─▶ Interpreter, Evaluator
 *                                                                             filters, tests,
 *                                                                             methods, globals
 * </pre>
 *
 * <p>{@link tramontane.chat.jinja.JinjaTemplate} is a compiled template. Where the behaviour of
 * Python is visible in a prompt (the text of a float, of a list, of JSON; methods of a dictionary
 * that hide its keys), it is followed exactly, because templates are tested with Python's jinja2.
 *
 * <p>Key types: {@link tramontane.chat.jinja.Text}, a string that knows which of its characters the
 * template wrote and which came from a caller; {@link tramontane.chat.jinja.TemplateLimits}; {@link
 * tramontane.chat.jinja.TemplateException}.
 *
 * <p>Values in templates are {@link tramontane.chat.jinja.Text}, {@code Long}, {@code BigInteger},
 * {@code Double}, {@code Boolean}, {@link tramontane.chat.jinja.None}, {@code List}, {@code Tuple},
 * {@code Lazy}, {@code Map}, {@code Namespace}, {@code Undefined}, callables and the state of a
 * loop. Lists and maps are immutable.
 *
 * <p>Invariant: no character of a caller's value ever becomes trusted, and no value is ever
 * interpreted as a template.
 */
package tramontane.chat.jinja;
