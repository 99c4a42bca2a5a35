package tramontane.chat;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** A part of a message's content: text, thinking or a picture. */
public sealed interface Chunk {
    record Text(String text) implements Chunk {}

    /** The thinking before an answer. Callers send it back in later turns. */
    record Thinking(List<Text> thinking, boolean closed) implements Chunk {
        /** The text of all parts. */
        public String text() {
            return thinking.stream().map(Text::text).collect(Collectors.joining());
        }
    }

    /**
     * A picture. Templates write a placeholder for it.
     *
     * @param url its address, which may contain it
     * @param detail how closely it is to be looked at
     */
    record Image(String url, Optional<Detail> detail) implements Chunk {
        /** Chunks are printed in errors and logs; an address may have megabytes. */
        @Override
        public String toString() {
            return "Image[" + url.length() + " characters]";
        }
    }

    /** How closely a picture is to be looked at. */
    enum Detail {
        LOW,
        AUTO,
        HIGH;

        /** The name used on the wire. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
