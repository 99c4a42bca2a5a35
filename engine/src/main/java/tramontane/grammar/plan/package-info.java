/**
 * Schemas prepared for parsing.
 *
 * <p>{@link tramontane.grammar.plan.SchemaPlans} makes a {@link tramontane.grammar.plan.ValuePlan}
 * for each shape of a schema when the parser first meets it: the lexers of its strings and numbers,
 * an {@link tramontane.grammar.plan.ArrayPlan} and an {@link tramontane.grammar.plan.ObjectPlan}
 * for each alternative. {@link tramontane.grammar.plan.ShortestValues} finds short values, with
 * which an answer is closed when few tokens are left.
 *
 * <p>Invariant: plans are immutable and shared by all parse states of a schema.
 */
package tramontane.grammar.plan;
