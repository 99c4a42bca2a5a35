package tramontane.token;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufMetadata;

/** Text to token ids and back, as the model was trained. Safe for use by many threads at once. */
public abstract sealed class Tokenizer permits BpeTokenizer, SentencePieceTokenizer {
    private final Vocabulary vocabulary;
    private final SpecialRoles roles;
    private final SpecialMatcher specials = new SpecialMatcher();

    // The bytes of all tokens in a row: those of token t lie from offsets[t] to offsets[t + 1].
    private final byte[] spelling;
    private final int[] offsets;

    private final TokenFloor floor = new TokenFloor();

    Tokenizer(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.roles = SpecialRoles.of(vocabulary);
        this.offsets = new int[vocabulary.tokens().size() + 1];
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int token = 0; token < size(); token++) {
            String text = vocabulary.tokens().get(token);
            TokenType type = vocabulary.type(token);
            if (isControl(token) || type == TokenType.USER_DEFINED) {
                specials.add(token, text, isControl(token));
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                floor.add(bytes, bytes.length);
            }
            if (!isControl(token)) {
                byte[] bytes = spell(text, type);
                all.writeBytes(bytes);
                floor.add(bytes, bytes.length);
            }
            offsets[token + 1] = all.size();
        }
        this.spelling = all.toByteArray();
    }

    /** The tokenizer a model file describes; {@link GgufException} names what is not known here. */
    public static Tokenizer from(GgufMetadata metadata) {
        return from(Vocabulary.from(metadata));
    }

    public static Tokenizer from(Vocabulary vocabulary) {
        return switch (vocabulary.model()) {
            case "gpt2" -> new BpeTokenizer(vocabulary);
            case "llama" -> new SentencePieceTokenizer(vocabulary);
            default ->
                    throw new GgufException(
                            "tokenizer.ggml.model",
                            "is '"
                                    + vocabulary.model()
                                    + "', known are gpt2 (BPE), llama (SentencePiece)");
        };
    }

    /**
     * The tokens of plain text: no control token is among them, whatever the text spells, and no
     * BOS.
     */
    public final int[] encode(String text) {
        return encode(text, Integer.MAX_VALUE);
    }

    /** Likewise, and stops like {@link #encode(List, int)}. */
    public final int[] encode(String text, int most) {
        return encode(List.of(new Span(text, false)), most);
    }

    /**
     * The tokens of a prompt, without BOS or EOS but those it spells. Spans are cut where special
     * tokens are, not where their origin changes, so a word may lie across spans as it would in one
     * text.
     */
    public final int[] encode(List<Span> spans) {
        return encode(spans, Integer.MAX_VALUE);
    }

    /**
     * Like {@link #encode(List)}, but stops once there are more than {@code most} tokens: the
     * result then has some more than {@code most}, which says only that the text is too long. The
     * work is bounded by {@code most} however long the text is.
     */
    public final int[] encode(List<Span> spans, int most) {
        CodePoints text = CodePoints.of(floor.cut(spans, most));
        IntList tokens = new IntList();
        int from = 0;
        for (SpecialMatcher.Match match : specials.matches(text)) {
            if (tokens.size() > most) {
                break;
            }
            if (match.from() > from) {
                encodePlain(text.values(), from, match.from(), most, tokens);
            }
            tokens.add(match.token());
            from = match.to();
        }
        if (text.size() > from && tokens.size() <= most) {
            encodePlain(text.values(), from, text.size(), most, tokens);
        }
        return tokens.toArray();
    }

    /**
     * The first tokens of plain text, as far as no more text behind it could change them: {@link
     * #encode(String)} of every longer text begins with these.
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

    /** Whether the model was made to fill gaps in texts. */
    public final boolean fillsGaps() {
        return roles.fillIn().isPresent();
    }

    /**
     * The prompt that asks for the text between two others, without BOS, if the model {@link
     * #fillsGaps}. Neither text spells a control token. Stops like {@link #encode(List, int)}.
     */
    public final Optional<int[]> gap(String before, String after, int most) {
        return roles.fillIn()
                .map(fillIn -> fillIn.prompt(encode(before, most), encodeInside(after, most)));
    }

    /** The tokens of text that does not begin where it seems to: no space goes before it. */
    private int[] encodeInside(String text, int most) {
        if (!addsSpacePrefix()) {
            return encode(text, most);
        }
        // Reference tokenizers do the same: the space goes before a character that is cut off.
        String mark = "\u263a";
        int[] marked = encode(mark + text, most);
        return Arrays.copyOfRange(marked, encode(mark).length, marked.length);
    }

    /**
     * The tokens with BOS before and EOS after them where the file wants it; a BOS that is there is
     * not doubled.
     */
    final int[] framed(int[] tokens) {
        int[] begun = begun(tokens);
        OptionalInt eos = eos();
        if (!vocabulary.special().addEos() || eos.isEmpty()) {
            return begun;
        }
        int[] framed = Arrays.copyOf(begun, begun.length + 1);
        framed[begun.length] = eos.getAsInt();
        return framed;
    }

    /**
     * Puts the BOS token in front where the file asks for one and the tokens do not have it: what a
     * prompt needs that is to be continued.
     */
    public final int[] begun(int[] tokens) {
        OptionalInt bos = bos();
        if (!vocabulary.special().addBos()
                || bos.isEmpty()
                || (tokens.length > 0 && tokens[0] == bos.getAsInt())) {
            return tokens;
        }
        int[] begun = new int[tokens.length + 1];
        begun[0] = bos.getAsInt();
        System.arraycopy(tokens, 0, begun, 1, tokens.length);
        return begun;
    }

    /**
     * What the token stands for, which may be a part of a character; nothing for a control token.
     */
    public final byte[] bytes(int token) {
        return Arrays.copyOfRange(spelling, offsets[token], offsets[token + 1]);
    }

    /** The text of a token; for a control token its name, such as {@code <|im_end|>}. */
    public final String text(int token) {
        return isControl(token)
                ? vocabulary.tokens().get(token)
                : new String(
                        spelling,
                        offsets[token],
                        offsets[token + 1] - offsets[token],
                        StandardCharsets.UTF_8);
    }

    public final boolean isControl(int token) {
        return roles.control().get(token);
    }

    /** Whether an answer is over at this token. */
    public final boolean isEndOfGeneration(int token) {
        return roles.endOfGeneration().get(token);
    }

    public final OptionalInt bos() {
        return vocabulary.special().token("bos");
    }

    public final OptionalInt eos() {
        return vocabulary.special().token("eos");
    }

    public final int size() {
        return vocabulary.tokens().size();
    }

    /**
     * Encodes {@code text[from, to)}, which holds no special token and lies between two or an end
     * of the text. May stop once there are more than {@code most} tokens.
     */
    abstract void encodePlain(int[] text, int from, int to, int most, IntList tokens);

    /** Encodes that much of {@code text[from, to)} as no text behind it could change. */
    abstract void encodeSettled(int[] text, int from, int to, IntList tokens);

    /** How long tokens are; for the constructors, which know how texts may spell them otherwise. */
    final TokenFloor floor() {
        return floor;
    }

    /** The bytes that a token of the file stands for; none for those of a type that is no text. */
    abstract byte[] spell(String token, TokenType type);

    /** Whether text that begins an answer was encoded with a space before it. */
    public final boolean addsSpacePrefix() {
        return vocabulary.special().addSpacePrefix();
    }

    /**
     * The byte that a name like {@code <0x0A>} stands for, or the name itself where it is no such
     * name.
     */
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
