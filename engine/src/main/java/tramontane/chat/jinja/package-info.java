/**
 * The part of Jinja that chat templates are written in, interpreted without reflection and within
 * bounds.
 *
 * <p>{@link tramontane.chat.jinja.JinjaTemplate} is a compiled template: a lexer cuts the source
 * into tokens, two parsers build a tree, an interpreter walks it. Where Python's behaviour shows in
 * a prompt (the text of a float, of a list, of JSON; a dictionary's methods hiding its keys), it is
 * Python's behaviour that is followed, because templates were tried with Python's jinja2 alone.
 *
 * <p>Key types: {@link tramontane.chat.jinja.Text}, a string that remembers which of its characters
 * the template wrote and which came from a caller; {@link tramontane.chat.jinja.Limits}; {@link
 * tramontane.chat.jinja.TemplateException}.
 *
 * <p>Values in templates are: {@link tramontane.chat.jinja.Text}, {@code Long}, {@code BigInteger},
 * {@code Double}, {@code Boolean}, {@link tramontane.chat.jinja.None}, {@code List}, {@code Tuple},
 * {@code Lazy}, {@code Map}, {@code Namespace}, {@code Undefined}, callables and the state of a
 * loop. Lists and maps never change once made.
 *
 * <p>Invariant: no character of a caller's value ever becomes trusted, whatever the template does
 * with it, and a value is never read as a template.
 */
package tramontane.chat.jinja;
