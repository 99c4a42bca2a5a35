package tramontane.gguf;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * All open files of a model. A split model has its metadata in the first part; each part describes
 * and holds tensors of its own.
 */
final class FileParts implements AutoCloseable {
    /** A tensor, and the file that holds it. */
    private record Place(TensorInfo tensor, FileBytes file) {}

    private final List<FilePart> parts = new ArrayList<>();
    private final Map<String, Place> places = new LinkedHashMap<>();

    private FileParts() {}

    /** Opens the file and, if it is the first part of a split model, the other parts beside it. */
    @SuppressWarnings("MustBeClosedChecker") // closed with the parts that are returned
    static FileParts open(Path path) {
        FileParts opened = new FileParts();
        try {
            opened.add(FilePart.open(path));
            int count = opened.first().count();
            if (count > 1) {
                opened.openOthers(path, count);
            }
            return opened;
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    private void openOthers(Path path, int count) {
        SplitName name = firstName(path, count);
        for (SplitName each : name.all().subList(1, count)) {
            Path file = path.resolveSibling(each.file());
            if (!Files.exists(file)) {
                throw new GgufException(
                        file.toString(),
                        "is missing, it is part "
                                + each.part()
                                + " of "
                                + count
                                + " of the split model "
                                + path);
            }
            add(openPart(file));
            checkPart(parts.getLast(), each.part(), count);
        }
        OptionalInt tensors = first().header().metadata().findInt("split.tensors.count");
        if (tensors.isPresent() && tensors.getAsInt() != places.size()) {
            throw new GgufException(
                    path.toString(),
                    "has "
                            + places.size()
                            + " tensors in all parts instead of "
                            + tensors.getAsInt()
                            + " (split.tensors.count), so one part is of another model");
        }
    }

    private SplitName firstName(Path path, int count) {
        int number = first().number();
        Optional<SplitName> name = SplitName.of(path);
        if (number != 0) {
            throw new GgufException(
                    path.toString(),
                    "is part "
                            + (number + 1)
                            + " of "
                            + count
                            + " of a split model, name its first part"
                            + name.map(each -> ", " + each.withPart(1).file()).orElse(""));
        }
        return name.filter(each -> each.isFirst() && each.parts() == count)
                .orElseThrow(() ->
                        new GgufException(
                                path.toString(),
                                "is the first of "
                                        + count
                                        + " parts of a split model, and its name does not end in -00001-of-%05d.gguf"
                                                .formatted(count)
                                        + ", by which the other parts are found; give the parts"
                                        + " their names again"));
    }

    /** The message of a fault must name the part that has it. */
    private static FilePart openPart(Path file) {
        try {
            return FilePart.open(file);
        } catch (GgufException e) {
            String message = String.valueOf(e.getMessage());
            throw message.startsWith(file.toString())
                    ? e
                    : new GgufException(file.toString(), message, e);
        }
    }

    private static void checkPart(FilePart part, int number, int count) {
        if (part.number() + 1 != number || part.count() != count) {
            throw new GgufException(
                    part.path().toString(),
                    "is part "
                            + (part.number() + 1)
                            + " of "
                            + part.count()
                            + " by its metadata, part "
                            + number
                            + " of "
                            + count
                            + " was expected");
        }
    }

    private void add(FilePart part) {
        parts.add(part);
        for (TensorInfo tensor : part.header().tensors().values()) {
            if (places.putIfAbsent(tensor.name(), new Place(tensor, part.file())) != null) {
                throw new GgufException(
                        "tensor " + tensor.name(),
                        "is in " + part.path() + " and in an earlier part");
            }
        }
    }

    private FilePart first() {
        return parts.getFirst();
    }

    /** The only file of the model, or its first. */
    Path path() {
        return first().path();
    }

    List<FileIdentity> identities() {
        return parts.stream().map(FilePart::identity).toList();
    }

    GgufMetadata metadata() {
        return first().header().metadata();
    }

    /** All tensors, in the order of the parts. */
    Collection<TensorInfo> tensors() {
        return Collections.unmodifiableCollection(
                places.values().stream().map(Place::tensor).toList());
    }

    Optional<TensorInfo> tensor(String name) {
        return Optional.ofNullable(places.get(name)).map(Place::tensor);
    }

    /** The file that holds a tensor of this model. */
    FileBytes fileOf(TensorInfo tensor) {
        Place place = places.get(tensor.name());
        if (place == null) {
            throw new IllegalArgumentException(tensor.name() + " is of another file");
        }
        return place.file();
    }

    void checkUnchanged() {
        parts.forEach(part -> part.file().checkUnchanged());
    }

    @Override
    public void close() {
        parts.forEach(FilePart::close);
    }
}
