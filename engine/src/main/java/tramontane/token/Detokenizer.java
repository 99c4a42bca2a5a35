package tramontane.token;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Converts a stream of tokens to text. A character whose bytes are in several tokens is returned
 * with the last of them. Bytes that are not UTF-8 become U+FFFD. A character that is incomplete at
 * the end of the answer is left out. Control tokens have no text. Not thread-safe.
 */
public final class Detokenizer {
    private final Tokenizer tokenizer;
    private final CharsetDecoder decoder =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);

    // The bytes of an incomplete character, at most three.
    private ByteBuffer pending = ByteBuffer.allocate(0);
    private boolean dropSpace;

    /**
     * @param continues true if the text continues earlier text, so that a leading space is part of
     *     it
     */
    public Detokenizer(Tokenizer tokenizer, boolean continues) {
        this.tokenizer = tokenizer;
        this.dropSpace = tokenizer.addsSpacePrefix() && !continues;
    }

    /** Returns the text that this token completes, which is usually its own. */
    public String push(int token) {
        byte[] bytes = tokenizer.bytes(token);
        int start = dropSpace && bytes.length > 0 && bytes[0] == ' ' ? 1 : 0;
        dropSpace = false;
        ByteBuffer in = ByteBuffer.allocate(pending.remaining() + bytes.length - start);
        in.put(pending).put(bytes, start, bytes.length - start).flip();
        CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
        decoder.decode(in, out, false);
        pending = in;
        return out.flip().toString();
    }

    /**
     * Drops the bytes of an incomplete character, because the answer or this part of it ends here.
     * A replacement character would be text that the model did not write, and clients send an
     * answer back as the prefix of the next request.
     */
    public void cut() {
        pending = ByteBuffer.allocate(0);
    }
}
