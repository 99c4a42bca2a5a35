package tramontane.image;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The formats that are read, each known by its first bytes. */
enum ImageFormat {
    PNG,
    JPEG,
    GIF,
    WEBP;

    String mediaType() {
        return "image/" + name().toLowerCase(Locale.ROOT);
    }

    static ImageFormat of(byte[] bytes) throws ImageException {
        ByteReader reader = new ByteReader(bytes);
        if (reader.has(0, "\u0089PNG\r\n\u001a\n")) {
            return PNG;
        }
        if (reader.has(0, "\u00ff\u00d8\u00ff")) {
            return JPEG;
        }
        if (reader.has(0, "GIF87a") || reader.has(0, "GIF89a")) {
            return GIF;
        }
        if (reader.has(0, "RIFF") && reader.has(8, "WEBP")) {
            return WEBP;
        }
        String text =
                new String(bytes, 0, Math.min(bytes.length, 256), StandardCharsets.ISO_8859_1)
                        .strip();
        String guess =
                text.startsWith("<svg") || text.startsWith("<?xml")
                        ? "; this looks like SVG"
                        : text.startsWith("%PDF")
                                ? "; this is a PDF"
                                : text.startsWith("<") ? "; this looks like a web page" : "";
        throw new ImageException("The image must be PNG, JPEG, GIF or WebP" + guess);
    }
}
