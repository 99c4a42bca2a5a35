/**
 * JSON Schemas as sets of values.
 *
 * <p>A {@link tramontane.grammar.schema.Shape} is such a set, said as an expression: allOf is an
 * intersection, anyOf a union, not a complement. {@link tramontane.grammar.schema.SchemaGraph}
 * reads a schema and works out, for every shape that a value can meet, its {@link
 * tramontane.grammar.schema.Forms}: type by type the alternatives, each of them plain enough to be
 * followed while a text is read.
 *
 * <p>Invariant: what cannot be said in forms is a fault of the graph, found before any text is
 * written; no keyword is passed over.
 */
package tramontane.grammar.schema;
