package tramontane.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tramontane.api.ModelCard;
import tramontane.api.Sha256;
import tramontane.backend.Backend;
import tramontane.testkit.Architecture;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.MistralVocabulary;
import tramontane.testkit.TinyModel;

/** Tiny model files of servers under test. */
final class TinyFiles {
    /** Real templates of this family have system prompts of two thousand letters. */
    private static final int MISTRAL_CONTEXT = 8_192;

    private TinyFiles() {}

    /** A model with Mistral's control tokens, which reads conversations by this template. */
    static void putMistral(String template, Path path) {
        GgufWriter file = TinyModel.of(Architecture.MISTRAL3).gguf();
        MistralVocabulary.putInto(file)
                .put("tokenizer.chat_template", template)
                .put("mistral3.context_length", MISTRAL_CONTEXT)
                .write(path);
    }

    /** What a server says of its answers when it is asked, for which it reads the whole file. */
    static Optional<String> fingerprint(Backend backend, ModelCard card) {
        Fingerprints fingerprints = new Fingerprints("test", "");
        try {
            fingerprints.read(backend, card, file -> Sha256.of(Files.readAllBytes(file)));
            return fingerprints.of(card);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
