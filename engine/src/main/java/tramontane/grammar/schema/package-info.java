/**
 * JSON Schemas as sets of values.
 *
 * <p>A {@link tramontane.grammar.schema.Shape} is a set of values as an expression: allOf is an
 * intersection, anyOf a union, not a complement. {@link tramontane.grammar.schema.SchemaGraph}
 * reads a schema and expands every shape that a value can have to {@link
 * tramontane.grammar.schema.NormalForms}: for each type a list of alternatives, each simple enough
 * to follow while a text is read. {@code Keywords} is the table of all keywords: what each
 * contains, since which draft it exists, and which class enforces it.
 *
 * <p>The way of a schema: {@code SchemaReader} reads the schema at one location and makes a shape
 * of its keywords. {@code Shapes} interns shapes and expands them; {@code Emptiness} finds those
 * without a value. The forms of one type are {@link tramontane.grammar.schema.StringForm}, {@link
 * tramontane.grammar.schema.ArrayForm} and {@link tramontane.grammar.schema.ObjectForm}, numbers
 * are {@link tramontane.grammar.schema.Numbers}.
 *
 * <p>Invariant: what has no normal form within the limits is a fault of the graph and is found
 * before any text is written; no keyword is ignored silently.
 */
package tramontane.grammar.schema;
