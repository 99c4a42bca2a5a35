package tramontane.token;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufMetadata;
import tramontane.gguf.Texts;

/** Converts text to token ids and back, as in the model's training. Thread-safe. */
public abstract sealed class Tokenizer
        permits BpeTokenizer, SentencePieceTokenizer, WordPieceTokenizer {
    // The UTF-8 of U+2581.
    private static final byte MARK_0 = (byte) 0xE2;
    private static final byte MARK_1 = (byte) 0x96;
    private static final byte MARK_2 = (byte) 0x81;

    /** Must grow with each change of what {@link #tables} holds or how it was made. */
    static final int TABLES_VERSION = 1;

    private final Texts tokens;
    private final SpecialTokens special;
    private final SpecialRoles roles;
    private final SpecialMatcher specials;

    // The bytes of all tokens, concatenated: token t has the bytes from offsets[t] to offsets[t +
    // 1].
    private final byte[] spelling;
    private final int[] offsets;

    private final MinTokenCount minCount;

    Tokenizer(Vocabulary vocabulary) {
        this.tokens = vocabulary.tokens();
        this.special = vocabulary.special();
        this.roles = SpecialRoles.of(vocabulary);
        this.specials = new SpecialMatcher();
        this.minCount = new MinTokenCount();
        this.offsets = new int[size() + 1];
        byte[] all = new byte[tokens.utf8().length];
        for (int token = 0; token < size(); token++) {
            offsets[token + 1] =
                    offsets[token] + add(token, vocabulary.type(token), all, offsets[token]);
        }
        this.spelling = Arrays.copyOf(all, offsets[size()]);
    }

    /** Takes what {@link #tables} has written, up to the tables of the algorithm. */
    Tokenizer(GgufMetadata metadata, TableReader in) {
        this.tokens = Texts.of(in.bytes(), in.ints());
        this.special = Vocabulary.special(metadata, size());
        this.roles = SpecialRoles.read(in);
        this.specials = new SpecialMatcher(in);
        this.minCount = new MinTokenCount(in);
        this.offsets = in.ints();
        this.spelling = in.bytes();
    }

    /** Writes the bytes of a token, and returns their number. */
    // Not a part of the loop, because the JIT compiles methods earlier than loops.
    private int add(int token, TokenType type, byte[] all, int at) {
        boolean control = isControl(token);
        if (control || type == TokenType.USER_DEFINED) {
            specials.add(token, tokens.get(token), control);
            int from = tokens.start(token);
            int to = tokens.end(token);
            minCount.add(tokens.utf8(), from, to, to - from);
        }
        if (control) {
            return 0;
        }
        int length = spell(tokens, token, type, all, at);
        minCount.add(all, at, at + length, length);
        return length;
    }

    /** The tokenizer that a model file describes. An unknown one is a {@link GgufException}. */
    public static Tokenizer from(GgufMetadata metadata) {
        return from(Vocabulary.from(metadata));
    }

    public static Tokenizer from(Vocabulary vocabulary) {
        return switch (vocabulary.model()) {
            case Vocabulary.BPE -> new BpeTokenizer(vocabulary);
            case Vocabulary.SENTENCE_PIECE -> new SentencePieceTokenizer(vocabulary);
            case Vocabulary.WORD_PIECE -> new WordPieceTokenizer(vocabulary);
            default ->
                    throw new GgufException(
                            "tokenizer.ggml.model",
                            "is '"
                                    + vocabulary.model()
                                    + "', known are gpt2 (BPE), llama (SentencePiece), bert (WordPiece)");
        };
    }

    /**
     * The tokenizer of a model whose {@link #tables} were kept. Making these tables takes longer
     * than everything else at the start of a small model.
     *
     * @param metadata the same as that from which the tokenizer with these tables was made
     * @return empty if another version of this program has written the tables
     */
    public static Optional<Tokenizer> restored(GgufMetadata metadata, MemorySegment tables) {
        TableReader in = new TableReader(tables);
        if (in.number() != TABLES_VERSION) {
            return Optional.empty();
        }
        return switch (Vocabulary.model(metadata)) {
            case Vocabulary.BPE -> Optional.of(new BpeTokenizer(metadata, in));
            case Vocabulary.SENTENCE_PIECE -> Optional.of(new SentencePieceTokenizer(metadata, in));
            case Vocabulary.WORD_PIECE -> Optional.of(new WordPieceTokenizer(metadata, in));
            default -> Optional.empty();
        };
    }

    /** What this tokenizer has made of its vocabulary, for {@link #restored}. */
    public final byte[] tables() {
        TableWriter out = new TableWriter();
        out.number(TABLES_VERSION).bytes(tokens.utf8()).ints(tokens.starts());
        roles.write(out);
        specials.write(out);
        minCount.write(out);
        out.ints(offsets).bytes(spelling);
        writeTables(out);
        return out.toBytes();
    }

    /** Writes the tables of the algorithm. */
    abstract void writeTables(TableWriter out);

    /**
     * Encodes plain text. The result has no control tokens, even if the text spells their names,
     * and no BOS.
     */
    public final int[] encode(String text) {
        return encode(text, Integer.MAX_VALUE);
    }

    /**
     * Encodes plain text like {@link #encode(String)}, and stops like {@link #encode(List, int)}.
     */
    public final int[] encode(String text, int max) {
        return encode(List.of(new Span(text, false)), max);
    }

    /**
     * Encodes a prompt. BOS and EOS are not added; trusted text may spell them. The text is split
     * at special tokens, not at the borders of spans, so a word may continue in the next span.
     */
    public final int[] encode(List<Span> spans) {
        return encode(spans, Integer.MAX_VALUE);
    }

    /**
     * Encodes a prompt like {@link #encode(List)}, but stops after more than {@code max} tokens. A
     * result longer than {@code max} means that the text is too long; it is not all of the text.
     * The work is bounded by {@code max}, not by the length of the text.
     */
    public final int[] encode(List<Span> spans, int max) {
        CodePoints text = CodePoints.of(minCount.cut(spans, max));
        IntList tokens = new IntList();
        int from = 0;
        for (SpecialMatcher.Match match : specials.matches(text)) {
            if (tokens.size() > max) {
                break;
            }
            if (match.from() > from) {
                encodePlain(text.values(), from, match.from(), max, tokens);
            }
            tokens.add(match.token());
            from = match.to();
        }
        if (text.size() > from && tokens.size() <= max) {
            encodePlain(text.values(), from, text.size(), max, tokens);
        }
        return tokens.toArray();
    }

    /**
     * Encodes the beginning of plain text that cannot change when text is appended: {@link
     * #encode(String)} of every longer text starts with these tokens.
     */
    public final int[] encodeSettled(String text) {
        CodePoints points = CodePoints.of(List.of(new Span(text, false)));
        IntList tokens = new IntList();
        int open = specials.open(points);
        int from = 0;
        for (SpecialMatcher.Match match : specials.matches(points)) {
            if (match.to() > open) {
                break;
            }
            if (match.from() > from) {
                encodePlain(points.values(), from, match.from(), Integer.MAX_VALUE, tokens);
            }
            tokens.add(match.token());
            from = match.to();
        }
        if (open > from) {
            encodeSettled(points.values(), from, open, tokens);
        }
        return tokens.toArray();
    }

    /** True if the model has tokens for fill-in-the-middle. */
    public final boolean supportsFim() {
        return roles.fim().isPresent();
    }

    /**
     * The prompt for the text between two others, without BOS; empty if the model does not {@link
     * #supportsFim}. Both texts are encoded as plain text, up to {@code max} tokens like in {@link
     * #encode(List, int)}.
     */
    public final Optional<int[]> fimPrompt(String before, String after, int max) {
        return roles.fim().map(fim -> fim.prompt(encode(before, max), encodeInside(after, max)));
    }

    /** Encodes text that is not at the beginning of a sentence: it gets no space prefix. */
    private int[] encodeInside(String text, int max) {
        if (!addsSpacePrefix()) {
            return encode(text, max);
        }
        // Like reference tokenizers: a marker gets the space prefix, and its tokens are removed.
        String mark = "\u263a";
        int[] marked = encode(mark + text, max);
        return Arrays.copyOfRange(marked, encode(mark).length, marked.length);
    }

    /** Adds BOS and EOS where the file asks for them. An existing BOS is not repeated. */
    public final int[] withBosAndEos(int[] tokens) {
        int[] withBos = withBos(tokens);
        OptionalInt eos = eos();
        if (!special.addEos() || eos.isEmpty()) {
            return withBos;
        }
        int[] framed = Arrays.copyOf(withBos, withBos.length + 1);
        framed[withBos.length] = eos.getAsInt();
        return framed;
    }

    /** Adds BOS to a prompt if the file asks for it and the prompt does not start with it. */
    public final int[] withBos(int[] tokens) {
        OptionalInt bos = bos();
        if (!special.addBos()
                || bos.isEmpty()
                || (tokens.length > 0 && tokens[0] == bos.getAsInt())) {
            return tokens;
        }
        int[] withBos = new int[tokens.length + 1];
        withBos[0] = bos.getAsInt();
        System.arraycopy(tokens, 0, withBos, 1, tokens.length);
        return withBos;
    }

    /** The bytes of a token, which may be a part of a character; none for a control token. */
    public final byte[] bytes(int token) {
        return Arrays.copyOfRange(spelling, offsets[token], offsets[token + 1]);
    }

    /** The text of a token, or the name of a control token such as {@code <|im_end|>}. */
    public final String text(int token) {
        return isControl(token)
                ? tokens.get(token)
                : new String(
                        spelling,
                        offsets[token],
                        offsets[token + 1] - offsets[token],
                        StandardCharsets.UTF_8);
    }

    public final boolean isControl(int token) {
        return roles.control().get(token);
    }

    /** True if the token ends an answer. */
    public final boolean isEndOfGeneration(int token) {
        return roles.endOfGeneration().get(token);
    }

    public final OptionalInt bos() {
        return special.token("bos");
    }

    public final OptionalInt eos() {
        return special.token("eos");
    }

    public final int size() {
        return tokens.size();
    }

    /**
     * Encodes {@code text[from, to)}, which has no special tokens and is bounded by special tokens
     * or an end of the text. May stop after more than {@code max} tokens.
     */
    abstract void encodePlain(int[] text, int from, int to, int max, IntList tokens);

    /** Encodes the part of {@code text[from, to)} that cannot change when text is appended. */
    abstract void encodeSettled(int[] text, int from, int to, IntList tokens);

    /** For the constructors of subclasses, which know other spellings of tokens. */
    final MinTokenCount minCount() {
        return minCount;
    }

    /**
     * Writes the bytes of a token to {@code into}, from {@code at} on, and returns their number: at
     * most as many as its text has, and none if its type is not text.
     */
    abstract int spell(Texts tokens, int token, TokenType type, byte[] into, int at);

    /** Writes a token as it is. */
    static int copy(Texts tokens, int token, byte[] into, int at) {
        int length = tokens.end(token) - tokens.start(token);
        System.arraycopy(tokens.utf8(), tokens.start(token), into, at, length);
        return length;
    }

    /** Writes the byte that a token names like {@code <0x0A>}. */
    static int copyByteNamed(Texts tokens, int token, byte[] into, int at) {
        byte[] named = byteNamed(tokens.get(token));
        System.arraycopy(named, 0, into, at, named.length);
        return named.length;
    }

    /** Writes a token with spaces for the marks (U+2581) by which its file represents them. */
    static int copyWithSpaces(Texts tokens, int token, byte[] into, int at) {
        byte[] utf8 = tokens.utf8();
        int to = tokens.end(token);
        int end = at;
        for (int i = tokens.start(token); i < to; i++) {
            boolean mark = utf8[i] == MARK_0 && utf8[i + 1] == MARK_1 && utf8[i + 2] == MARK_2;
            into[end++] = mark ? (byte) ' ' : utf8[i];
            i += mark ? 2 : 0;
        }
        return end - at;
    }

    /** True if the beginning of a text is encoded with a space before it. */
    public final boolean addsSpacePrefix() {
        return special.addSpacePrefix();
    }

    /** The byte of a name like {@code <0x0A>}, or the UTF-8 of any other name. */
    static byte[] byteNamed(String name) {
        return isByteName(name)
                ? new byte[] {(byte) Integer.parseInt(name, 3, 5, 16)}
                : name.getBytes(StandardCharsets.UTF_8);
    }

    static boolean isByteName(String name) {
        return name.length() == 6
                && name.startsWith("<0x")
                && name.endsWith(">")
                && Character.digit(name.charAt(3), 16) >= 0
                && Character.digit(name.charAt(4), 16) >= 0;
    }
}
