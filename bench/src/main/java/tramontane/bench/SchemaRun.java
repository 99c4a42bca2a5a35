package tramontane.bench;

import java.util.List;
import java.util.function.LongConsumer;
import tramontane.grammar.Constraint;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.SchemaException;
import tramontane.grammar.parser.GrammarCompiler;
import tramontane.token.Tokenizer;

/** Puts the documents of a case through its schema, token by token. */
record SchemaRun(Tokenizer tokenizer, GrammarCompiler compiler) {
    /** The result of a case. */
    sealed interface Outcome {
        /** The schema cannot be enforced. */
        record Refused(String reason) implements Outcome {}

        /** An exception other than a refusal was thrown, or the time limit was exceeded. */
        record Failed(String reason) implements Outcome {}

        /** Every document was judged; the lists name those judged wrongly. */
        record Judged(List<String> invalidAccepted, List<String> validRefused) implements Outcome {
            boolean passing() {
                return invalidAccepted.isEmpty() && validRefused.isEmpty();
            }
        }
    }

    /** Receives times in nanoseconds. */
    record Clock(LongConsumer compiled, LongConsumer masked) {
        /** Ignores the times. */
        static final Clock NONE = new Clock(nanos -> {}, nanos -> {});
    }

    Outcome judge(SchemaCase schemaCase, Clock clock) {
        try {
            long start = System.nanoTime();
            Constraint constraint =
                    compiler.reading(new Grammar.Json(JsonSchema.compile(schemaCase.schema())));
            boolean some = constraint.mask().count() > 0;
            clock.compiled.accept(System.nanoTime() - start);
            if (!some) {
                return new Outcome.Failed("no token may come first");
            }
            List<SchemaCase.Document> wrong =
                    schemaCase.documents().stream()
                            .filter(document ->
                                    accepts(constraint, document.text(), clock) != document.valid())
                            .toList();
            return new Outcome.Judged(texts(wrong, false), texts(wrong, true));
        } catch (SchemaException e) {
            return new Outcome.Refused(e.refusals().toString());
        } catch (RuntimeException | StackOverflowError e) {
            return new Outcome.Failed(
                    e + (e.getStackTrace().length > 0 ? " at " + e.getStackTrace()[0] : ""));
        }
    }

    private static List<String> texts(List<SchemaCase.Document> documents, boolean valid) {
        return documents.stream()
                .filter(document -> document.valid() == valid)
                .map(SchemaCase.Document::text)
                .toList();
    }

    private boolean accepts(Constraint start, String text, Clock clock) {
        Constraint at = start;
        for (int token : tokenizer.encode(text)) {
            long before = System.nanoTime();
            boolean allowed = at.mask().allows(token);
            clock.masked.accept(System.nanoTime() - before);
            if (!allowed) {
                return false;
            }
            at = at.after(token);
        }
        return at.mayEnd();
    }
}
