package tramontane.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * The content of {@code catalog.json}.
 *
 * <pre>
 * models   one object for each model
 *   name, title, licence
 *   use            chat (if absent), code, thinking, guard or base
 *   bytes          size of all files; exact if sums are known and approximate is not true
 *   sha256         sum of the only file
 *   parts          bytes and sha256 of each file of a split model
 *   ramBytes       memory with a context of 4,096 tokens, as MemoryPlan computes it
 *   contextTokens  maximum context
 *   sources        where to download it; a revision pins the file that has the sum
 *   mmproj         the image encoder: bytes, sha256, sources, and ramBytes for packed weights and
 *                  buffers
 *   standard       true for the one that is served by default
 * best     names of models for general chat, the best first. Each needs less memory than the one
 *          before, and a model that is not better than a smaller or faster one is not among them.
 * </pre>
 */
record CatalogFile(List<CatalogEntry> entries, CatalogEntry standard, List<CatalogEntry> best) {
    CatalogFile {
        entries = List.copyOf(entries);
        best = List.copyOf(best);
    }

    static CatalogFile parse(JsonNode json) {
        List<CatalogEntry> entries = new ArrayList<>();
        List<CatalogEntry> standard = new ArrayList<>();
        for (JsonNode model : json.required("models")) {
            CatalogEntry entry = entry(model);
            entries.add(entry);
            if (model.path("standard").asBoolean(false)) {
                standard.add(entry);
            }
        }
        List<CatalogEntry> best = new ArrayList<>();
        for (JsonNode name : json.path("best")) {
            best.add(
                    entries.stream()
                            .filter(entry -> entry.name().equals(name.asString()))
                            .findFirst()
                            .orElseThrow());
        }
        return new CatalogFile(entries, standard.getFirst(), best);
    }

    private static CatalogEntry entry(JsonNode model) {
        return new CatalogEntry(
                new CatalogEntry.Label(
                        model.required("name").asString(),
                        model.required("title").asString(),
                        model.required("licence").asString(),
                        CatalogEntry.Use.valueOf(
                                model.path("use").asString("chat").toUpperCase(Locale.ROOT))),
                download(model),
                Optional.ofNullable(model.get("mmproj"))
                        .map(encoder ->
                                new CatalogEntry.Encoder(
                                        download(encoder), encoder.required("ramBytes").asLong())),
                model.required("ramBytes").asLong(),
                model.required("contextTokens").asInt());
    }

    private static CatalogEntry.Download download(JsonNode model) {
        List<CatalogEntry.Part> parts = new ArrayList<>();
        for (JsonNode part : model.path("parts")) {
            parts.add(
                    new CatalogEntry.Part(
                            part.required("bytes").asLong(), part.required("sha256").asString()));
        }
        List<ModelSource> sources = new ArrayList<>();
        for (JsonNode source : model.required("sources")) {
            sources.add(ModelSource.parse(source.asString()));
        }
        Optional<String> sum = Optional.ofNullable(model.get("sha256")).map(JsonNode::asString);
        boolean summed = sum.isPresent() || !parts.isEmpty();
        return new CatalogEntry.Download(
                model.required("bytes").asLong(),
                summed && !model.path("approximate").asBoolean(false),
                sum,
                parts,
                sources);
    }
}
