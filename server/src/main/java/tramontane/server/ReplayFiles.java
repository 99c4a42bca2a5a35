package tramontane.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tramontane.api.ApiException;
import tramontane.api.JsonBody;
import tramontane.catalog.ModelCheck;
import tramontane.ledger.RecordedRequest;
import tramontane.ledger.RequestSummary;

/**
 * Compares the files that a request is run again with to those that computed its answer.
 *
 * @param err for a file that cannot be compared, because the ledger has no sum
 */
record ReplayFiles(ModelCheck check, PrintWriter err) {
    /**
     * @throws Complaint if another file wrote the answer
     */
    void checkModel(RecordedRequest recorded, Path file) throws Complaint, IOException {
        compare(recorded.modelSum(), file, "the model's file", "wrote the answer");
    }

    /**
     * @param file that would encode images
     * @throws Complaint if the request has images and another file encoded them
     * @throws ApiException if the request cannot be read
     */
    void checkEncoder(RecordedRequest recorded, Optional<Path> file)
            throws Complaint, ApiException, IOException {
        byte[] request = recorded.text().orElseThrow().request();
        if (!RequestSummary.of(JsonBody.parse(request)).hasImages()) {
            return;
        }
        if (file.isEmpty() || !Files.isRegularFile(file.get())) {
            throw new Complaint(
                    "the request has images, and there is no image encoder"
                            + file.map(path -> " " + path).orElse(" beside the model")
                            + "; --mmproj FILE names the one the server used");
        }
        compare(
                recorded.encoderSum(),
                file.get(),
                "the image encoder's file",
                "encoded the images of the request");
    }

    private void compare(Optional<String> recorded, Path file, String what, String did)
            throws Complaint, IOException {
        String sum = check.sum(file);
        if (recorded.isEmpty()) {
            err.println("The ledger has no sum of " + what + ", so it may be another one.");
        } else if (!recorded.get().equals(sum)) {
            throw new Complaint(
                    file
                            + " is not the file that "
                            + did
                            + ": its SHA-256 sum is "
                            + sum
                            + ", the ledger has "
                            + recorded.get());
        }
    }
}
