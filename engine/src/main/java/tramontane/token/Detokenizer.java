package tramontane.token;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Turns tokens into text as they come. A character whose bytes lie in several tokens comes out
 * whole with the last of them; bytes that are not UTF-8 become U+FFFD. A character that the end of
 * the answer cuts is left out. Control tokens give no text. For one thread.
 */
public final class Detokenizer {
    private final Tokenizer tokenizer;
    private final CharsetDecoder decoder =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);

    // The bytes of a character that is not complete yet, at most three.
    private ByteBuffer pending = ByteBuffer.allocate(0);
    private boolean dropSpace;

    /**
     * @param continues whether the text goes on from text before it, so that a space in front of it
     *     counts
     */
    public Detokenizer(Tokenizer tokenizer, boolean continues) {
        this.tokenizer = tokenizer;
        this.dropSpace = tokenizer.addsSpacePrefix() && !continues;
    }

    /** The text that this token completes, often the token's own. */
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
     * Drops the bytes of an incomplete character: the answer, or this part of it, ends here. The
     * replacement character in its place would be text that the model did not write, and clients
     * send an answer back as the next request's prefix.
     */
    public void cut() {
        pending = ByteBuffer.allocate(0);
    }
}
