package tramontane.token;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufMetadata;
import tramontane.gguf.Texts;

/**
 * WordPiece (Schuster and Nakajima 2012) as BERT uses it: the text is normalized by {@link
 * BertNormalizer} and split into words, and from each word the longest token is taken again and
 * again. A word that is not made of tokens becomes one unknown token.
 *
 * <p>A GGUF file writes a token that begins a word with U+2581 before it, and a continuation
 * without the {@code ##} of the original vocabulary.
 */
final class WordPieceTokenizer extends Tokenizer {
    private static final int WORD_MARK = 0x2581;

    /** Longer words are unknown, as in the reference. It also bounds the work for a word. */
    private static final int MAX_WORD_CHARS = 100;

    private final PieceTable beginnings;
    private final PieceTable continuations;
    private final BertNormalizer normalizer;
    private final int unknown;

    WordPieceTokenizer(Vocabulary vocabulary) {
        super(vocabulary);
        beginnings = new PieceTable(size());
        continuations = new PieceTable(size());
        boolean cased = false;
        for (int token = 0; token < size(); token++) {
            String text = vocabulary.tokens().get(token);
            if (isControl(token) || !vocabulary.type(token).mergeable() || text.isEmpty()) {
                continue;
            }
            if (text.charAt(0) == WORD_MARK) {
                beginnings.add(token, text.substring(1).getBytes(StandardCharsets.UTF_8));
            } else {
                continuations.add(token, text.getBytes(StandardCharsets.UTF_8));
            }
            cased |= text.codePoints().anyMatch(value -> Character.toLowerCase(value) != value);
        }
        normalizer = new BertNormalizer(!cased);
        unknown = vocabulary.special().token("unknown").orElseThrow(() -> missingUnknown());
        // One unknown token can stand for a text of any length.
        minCount().disable();
    }

    private static GgufException missingUnknown() {
        return new GgufException(
                "tokenizer.ggml.unknown_token_id",
                "is missing; WordPiece cannot encode unknown words without it");
    }

    WordPieceTokenizer(GgufMetadata metadata, TableReader in) {
        super(metadata, in);
        beginnings = new PieceTable(in);
        continuations = new PieceTable(in);
        normalizer = new BertNormalizer(in.number() != 0);
        unknown = in.number();
    }

    @Override
    void writeTables(TableWriter out) {
        beginnings.write(out);
        continuations.write(out);
        out.number(normalizer.plain() ? 1 : 0).number(unknown);
    }

    @Override
    void encodePlain(int[] text, int from, int to, int max, IntList tokens) {
        Word word = new Word(tokens);
        IntList normalized = new IntList();
        for (int at = from; at < to && tokens.size() <= max; at++) {
            normalized.clear();
            normalizer.append(text[at], normalized);
            for (int i = 0; i < normalized.size(); i++) {
                word.take(normalized.get(i));
            }
        }
        word.end();
    }

    @Override
    void encodeSettled(int[] text, int from, int to, IntList tokens) {}

    @Override
    int spell(Texts tokens, int token, TokenType type, byte[] into, int at) {
        return switch (type) {
            case UNDEFINED, UNKNOWN, CONTROL, UNUSED -> 0;
            case NORMAL, USER_DEFINED, BYTE -> copyWithSpaces(tokens, token, into, at);
        };
    }

    /** The word that is being read. */
    private final class Word {
        private final IntList tokens;
        private final ByteArrayOutputStream utf8 = new ByteArrayOutputStream();

        /** For each character, where its bytes end. */
        private final IntList ends = new IntList();

        /** Characters, including those beyond the maximum, which are not kept. */
        private int chars;

        Word(IntList tokens) {
            this.tokens = tokens;
        }

        /** Adds a character, which may end the word or be a word of its own. */
        void take(int value) {
            if (value == ' ') {
                end();
            } else if (BertNormalizer.isPunctuation(value)) {
                end();
                add(value);
                end();
            } else {
                add(value);
            }
        }

        private void add(int value) {
            if (++chars <= MAX_WORD_CHARS) {
                CodePoints.writeUtf8(value, utf8);
                ends.add(utf8.size());
            }
        }

        /** Encodes the word and starts the next one. */
        void end() {
            if (chars > 0) {
                encode();
            }
            chars = 0;
            utf8.reset();
            ends.clear();
        }

        private void encode() {
            int before = tokens.size();
            byte[] bytes = utf8.toByteArray();
            boolean known = chars <= MAX_WORD_CHARS;
            for (int from = 0; known && from < ends.size(); ) {
                int to = longest(bytes, from);
                known = to > from;
                from = to;
            }
            if (!known) {
                tokens.shorten(before);
                tokens.add(unknown);
            }
        }

        /** Adds the longest token from a character on, and returns the character after it. */
        private int longest(byte[] bytes, int from) {
            PieceTable pieces = from == 0 ? beginnings : continuations;
            int start = from == 0 ? 0 : ends.get(from - 1);
            for (int to = ends.size(); to > from; to--) {
                int token = pieces.find(bytes, start, ends.get(to - 1));
                if (token != PieceTable.ABSENT) {
                    tokens.add(token);
                    return to;
                }
            }
            return from;
        }
    }
}
