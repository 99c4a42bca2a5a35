package tramontane.token;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;
import tramontane.gguf.GgufMetadata;
import tramontane.gguf.Texts;

/**
 * SentencePiece's BPE (Kudo and Richardson 2018): two neighbours merge if they form a token, the
 * best score first. Text is not split into words; spaces are written as U+2581. A character that is
 * in no token falls back to tokens of its bytes.
 */
final class SentencePieceTokenizer extends Tokenizer {
    private static final int SPACE_MARK = 0x2581;
    private static final int NO_TOKEN = -1;

    private final PieceTable pieces;
    private final int[] priorities;
    private final int[] byteTokens;

    SentencePieceTokenizer(Vocabulary vocabulary) {
        super(vocabulary);
        pieces = new PieceTable(size());
        priorities = priorities(vocabulary);
        byteTokens = new int[256];
        Arrays.fill(byteTokens, NO_TOKEN);
        for (int token = 0; token < size(); token++) {
            addPiece(vocabulary, token);
        }
        addUnknownForMissingBytes(vocabulary.special().token("unknown"));
        // Bytes without a token are left out, so tokens may start with other bytes than the text.
        if (Arrays.stream(byteTokens).anyMatch(token -> token == NO_TOKEN)) {
            minCount().loosen();
        }
    }

    SentencePieceTokenizer(GgufMetadata metadata, TableReader in) {
        super(metadata, in);
        pieces = new PieceTable(in);
        priorities = in.ints();
        byteTokens = in.ints();
    }

    @Override
    void writeTables(TableWriter out) {
        pieces.write(out);
        out.ints(priorities).ints(byteTokens);
    }

    private void addPiece(Vocabulary vocabulary, int token) {
        Texts tokens = vocabulary.tokens();
        TokenType type = vocabulary.type(token);
        byte[] named = type == TokenType.BYTE ? byteNamed(tokens.get(token)) : new byte[0];
        if (named.length == 1) {
            byteTokens[named[0] & 0xFF] = token;
        } else if (type.mergeable() && !isControl(token)) {
            pieces.add(token, tokens.utf8(), tokens.start(token), tokens.end(token));
            measure(tokens.get(token));
        }
    }

    /** Where a token has marks, the text can have spaces, marks, or a mix of both. */
    private void measure(String text) {
        int at = text.indexOf(SPACE_MARK);
        if (at == 0 || at == 1) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            String spaced = text.replace((char) SPACE_MARK, ' ');
            minCount().add(bytes, bytes.length);
            minCount().add(spaced.getBytes(StandardCharsets.UTF_8), bytes.length);
            minCount()
                    .add((" " + text.substring(1)).getBytes(StandardCharsets.UTF_8), bytes.length);
            String first = text.charAt(0) + spaced.substring(1);
            minCount().add(first.getBytes(StandardCharsets.UTF_8), bytes.length);
        } else if (at > 1) {
            minCount().add(text.getBytes(StandardCharsets.UTF_8), text.length() * 3);
        }
    }

    @Override
    void encodeSettled(int[] text, int from, int to, IntList tokens) {}

    @Override
    void encodePlain(int[] text, int from, int to, int max, IntList tokens) {
        ByteArrayOutputStream utf8 = new ByteArrayOutputStream(to - from);
        IntList ends = new IntList();
        if (addsSpacePrefix()) {
            CodePoints.writeUtf8(SPACE_MARK, utf8);
            ends.add(utf8.size());
        }
        for (int at = from; at < to; at++) {
            CodePoints.writeUtf8(text[at] == ' ' ? SPACE_MARK : text[at], utf8);
            ends.add(utf8.size());
        }
        encode(utf8.toByteArray(), ends, tokens);
    }

    private void encode(byte[] text, IntList ends, IntList tokens) {
        Merges merges = new SentencePieceMerges(pieces, priorities, text);
        int start = 0;
        for (int i = 0; i < ends.size(); i++) {
            merges.add(pieces.find(text, start, ends.get(i)), start, ends.get(i));
            start = ends.get(i);
        }
        merges.run();
        for (int i = 0; i < merges.size(); i++) {
            if (!merges.isGone(i)) {
                write(merges.symbol(i), text, merges.start(i), merges.end(i), tokens);
            }
        }
    }

    private void write(int symbol, byte[] text, int start, int end, IntList tokens) {
        if (symbol != PieceTable.ABSENT) {
            tokens.add(symbol);
            return;
        }
        for (int i = start; i < end; i++) {
            int token = byteTokens[text[i] & 0xFF];
            if (token != NO_TOKEN) {
                tokens.add(token);
            }
        }
    }

    @Override
    int spell(Texts tokens, int token, TokenType type, byte[] into, int at) {
        return switch (type) {
            case BYTE -> copyByteNamed(tokens, token, into, at);
            case UNDEFINED, UNKNOWN, CONTROL, UNUSED -> 0;
            case USER_DEFINED -> copy(tokens, token, into, at);
            case NORMAL -> copyWithSpaces(tokens, token, into, at);
        };
    }

    private void addUnknownForMissingBytes(OptionalInt unknown) {
        for (int value = 0; value < byteTokens.length; value++) {
            if (byteTokens[value] == NO_TOKEN) {
                int single =
                        value < 0x80
                                ? pieces.find(new byte[] {(byte) value}, 0, 1)
                                : PieceTable.ABSENT;
                byteTokens[value] = single != PieceTable.ABSENT ? single : unknown.orElse(NO_TOKEN);
            }
        }
    }

    /**
     * By token: 0 for the best score, 1 for the next lower one and so on, to fit a queue of longs.
     */
    private static int[] priorities(Vocabulary vocabulary) {
        int[] priorities = new int[vocabulary.tokens().size()];
        if (vocabulary.scores().length == 0) {
            return priorities;
        }
        float[] ascending = new float[priorities.length];
        for (int token = 0; token < ascending.length; token++) {
            ascending[token] = score(vocabulary, token);
        }
        Arrays.sort(ascending);
        int distinct = 0;
        for (float score : ascending) {
            if (distinct == 0 || Float.compare(score, ascending[distinct - 1]) != 0) {
                ascending[distinct++] = score;
            }
        }
        for (int token = 0; token < priorities.length; token++) {
            int rank = Arrays.binarySearch(ascending, 0, distinct, score(vocabulary, token));
            priorities[token] = distinct - 1 - rank;
        }
        return priorities;
    }

    /** Adding zero turns negative zero into positive zero. */
    private static float score(Vocabulary vocabulary, int token) {
        return vocabulary.scores()[token] + 0f;
    }
}
