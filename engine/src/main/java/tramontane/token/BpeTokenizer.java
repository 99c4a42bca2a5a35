package tramontane.token;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import tramontane.gguf.GgufMetadata;
import tramontane.gguf.Texts;

/**
 * Byte-level BPE (Radford et al. 2019): text is split into words, and the bytes of a word are
 * merged by the file's list of pairs.
 *
 * <p>A symbol is the id of a token or, from the vocabulary's size on, a string that occurs during
 * merging but is no token. Such a string in the result is written as its bytes. A byte that is not
 * in the vocabulary is left out, as in the reference (SmolLM2 lacks seven bytes of valid UTF-8, all
 * of control characters or rare planes).
 */
final class BpeTokenizer extends Tokenizer {
    private static final int NO_TOKEN = -1;

    private final PieceTable pieces;
    private final LongMap pairs;
    private final PreTokenizer preTokenizer;
    private final int[] byteSymbols;
    private int symbols;

    BpeTokenizer(Vocabulary vocabulary) {
        super(vocabulary);
        preTokenizer = PreTokenizer.named(vocabulary.pre());
        symbols = size();
        pieces = new PieceTable(symbols + 256);
        pairs = new LongMap(vocabulary.merges().size());
        byteSymbols = new int[256];
        addPieces(vocabulary);
        for (int value = 0; value < 256; value++) {
            byteSymbols[value] = symbol(new byte[] {(byte) value}, 0, 1);
        }
        addMerges(vocabulary.merges());
        // Bytes without a token are left out, so tokens may start with other bytes than the text.
        if (Arrays.stream(byteSymbols).anyMatch(symbol -> token(symbol) == NO_TOKEN)) {
            minCount().loosen();
        }
    }

    BpeTokenizer(GgufMetadata metadata, TableReader in) {
        super(metadata, in);
        preTokenizer = PreTokenizer.named(Vocabulary.pre(metadata));
        pieces = new PieceTable(in);
        pairs = new LongMap(in);
        byteSymbols = in.ints();
        symbols = in.number();
    }

    @Override
    void writeTables(TableWriter out) {
        pieces.write(out);
        pairs.write(out);
        out.ints(byteSymbols).number(symbols);
    }

    @Override
    void encodePlain(int[] text, int from, int to, int max, IntList tokens) {
        IntList ends = preTokenizer.ends(text, from, to);
        encodeWords(text, from, ends, ends.size(), max, tokens);
    }

    /** Appended text can only change the last word: make it longer or start it earlier. */
    @Override
    void encodeSettled(int[] text, int from, int to, IntList tokens) {
        IntList ends = preTokenizer.ends(text, from, to);
        encodeWords(text, from, ends, ends.size() - 1, Integer.MAX_VALUE, tokens);
    }

    private void encodeWords(
            int[] text, int from, IntList ends, int count, int max, IntList tokens) {
        BpeMerges merges = new BpeMerges(pairs);
        ByteArrayOutputStream word = new ByteArrayOutputStream();
        int start = from;
        for (int i = 0; i < count && tokens.size() <= max; i++) {
            word.reset();
            for (int at = start; at < ends.get(i); at++) {
                CodePoints.writeUtf8(text[at], word);
            }
            encodeWord(word.toByteArray(), merges, tokens);
            start = ends.get(i);
        }
    }

    @Override
    int spell(Texts tokens, int token, TokenType type, byte[] into, int at) {
        return switch (type) {
            case UNDEFINED, UNKNOWN, CONTROL, UNUSED -> 0;
            case USER_DEFINED -> copy(tokens, token, into, at);
            case BYTE -> copyByteNamed(tokens, token, into, at);
            case NORMAL -> {
                int length =
                        ByteLetters.decode(
                                tokens.utf8(), tokens.start(token), tokens.end(token), into, at);
                yield length == ByteLetters.OTHER ? copy(tokens, token, into, at) : length;
            }
        };
    }

    private void encodeWord(byte[] word, BpeMerges merges, IntList tokens) {
        int whole =
                preTokenizer.wholeWordsFirst()
                        ? token(pieces.find(word, 0, word.length))
                        : NO_TOKEN;
        if (whole != NO_TOKEN) {
            tokens.add(whole);
            return;
        }
        merges.clear();
        for (int i = 0; i < word.length; i++) {
            merges.add(byteSymbols[word[i] & 0xFF], i, i + 1);
        }
        merges.run();
        for (int i = 0; i < merges.size(); i++) {
            if (!merges.isGone(i)) {
                write(merges.symbol(i), word, merges.start(i), merges.end(i), tokens);
            }
        }
    }

    private void write(int symbol, byte[] word, int start, int end, IntList tokens) {
        if (token(symbol) != NO_TOKEN) {
            tokens.add(symbol);
            return;
        }
        for (int i = start; i < end; i++) {
            int token = token(byteSymbols[word[i] & 0xFF]);
            if (token != NO_TOKEN) {
                tokens.add(token);
            }
        }
    }

    private int token(int symbol) {
        return symbol < size() ? symbol : NO_TOKEN;
    }

    // A separate method for each loop, each token and each pair: the JIT compiles small methods
    // earlier than loops, and a loop together with nothing else.
    private void addPieces(Vocabulary vocabulary) {
        byte[] buffer = new byte[longest(vocabulary.tokens())];
        for (int token = 0; token < size(); token++) {
            addPiece(vocabulary, token, buffer);
        }
    }

    private void addMerges(Texts merges) {
        byte[] both = new byte[longest(merges)];
        for (int rank = 0; rank < merges.size(); rank++) {
            addMerge(merges, rank, both);
        }
    }

    private void addPiece(Vocabulary vocabulary, int token, byte[] buffer) {
        if (vocabulary.type(token).mergeable() && !isControl(token)) {
            Texts tokens = vocabulary.tokens();
            int length =
                    ByteLetters.decode(
                            tokens.utf8(), tokens.start(token), tokens.end(token), buffer, 0);
            if (length != ByteLetters.OTHER) {
                pieces.add(token, buffer, 0, length);
                minCount().add(buffer, 0, length, length);
            }
        }
    }

    /** A pair with characters that represent no byte cannot occur in a text, and is ignored. */
    private void addMerge(Texts merges, int rank, byte[] both) {
        byte[] utf8 = merges.utf8();
        int space = Vocabulary.space(merges, rank);
        int left = ByteLetters.decode(utf8, merges.start(rank), space, both, 0);
        if (left == ByteLetters.OTHER) {
            return;
        }
        int right = ByteLetters.decode(utf8, space + 1, merges.end(rank), both, left);
        if (right == ByteLetters.OTHER) {
            return;
        }
        long first = symbol(both, 0, left);
        long second = symbol(both, left, left + right);
        long joined = symbol(both, 0, left + right);
        pairs.putIfAbsent(first << 32 | second, (long) rank << 32 | joined);
    }

    private static int longest(Texts texts) {
        int longest = 0;
        for (int i = 0; i < texts.size(); i++) {
            longest = Math.max(longest, texts.end(i) - texts.start(i));
        }
        return longest;
    }

    /** The symbol of a string. A new string gets the next number above the vocabulary. */
    private int symbol(byte[] bytes, int start, int end) {
        int found = pieces.find(bytes, start, end);
        if (found != PieceTable.ABSENT) {
            return found;
        }
        pieces.add(symbols, bytes, start, end);
        return symbols++;
    }
}
