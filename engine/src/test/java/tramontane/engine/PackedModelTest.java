package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tramontane.chat.TemplateSource;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.kernel.choice.KernelsHere;
import tramontane.packed.PackedPlace;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.TokenLogprobs;
import tramontane.sampling.WantedLogprobs;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.WeightFormat;

/** Models whose packed weights are kept in a file. */
class PackedModelTest {
    private static final SamplingParams SAMPLED = new SamplingParams(4, 0.95, 1234, 0.3, 0.2);
    private static final Kernels KERNELS = KernelChoice.of("");
    private static final TinyModel MODEL =
            TinyModel.of(Architecture.LLAMA).withFormat(WeightFormat.Q4_K);
    private static final PackedPlace OFF = new PackedPlace.Off();
    private static final PackedPlace BESIDE = new PackedPlace.BesideModel();
    private static final int FORMAT_VERSION_AT = 8;
    private static final int TABLE_AT = 20;

    @TempDir Path folder;

    /** Does something to a file. */
    @FunctionalInterface
    private interface Change {
        void to(Path file) throws IOException;
    }

    @Test
    void answersHaveTheSameBitsWithAndWithoutTheFile() throws Exception {
        List<TinyModel> models = new ArrayList<>();
        for (Architecture architecture : Architecture.values()) {
            models.add(TinyModel.of(architecture).withFormat(WeightFormat.Q4_0));
        }
        for (WeightFormat format : WeightFormat.values()) {
            models.add(MODEL.withFormat(format));
        }
        // One file serves all kernels, so each model is read by the next of them.
        List<Kernels> readers = List.copyOf(KernelsHere.all().values());
        for (int i = 0; i < models.size(); i++) {
            TinyModel model = models.get(i);
            Kernels kernels = readers.isEmpty() ? KERNELS : readers.get(i % readers.size());
            Path file = write(model, model.label() + i + ".gguf");
            List<String> expected = answer(file, OFF);
            assertThat(packed(file)).doesNotExist();
            assertThat(answer(file, BESIDE)).as(model.label()).isEqualTo(expected);
            FileTime made = Files.getLastModifiedTime(packed(file));
            assertThat(answer(file, BESIDE, () -> kernels))
                    .as("%s, %s", model.label(), kernels.name())
                    .isEqualTo(expected);
            assertThat(Files.getLastModifiedTime(packed(file)))
                    .as("used, not made")
                    .isEqualTo(made);
        }
    }

    @Test
    void filesWithATensorForEachExpertHaveTheSameBitsToo() throws Exception {
        Path file = folder.resolve("old.gguf");
        TinyModel.of(Architecture.MIXTRAL).ggufWithTensorPerExpert().write(file);
        List<String> expected = answer(file, OFF);
        assertThat(answer(file, BESIDE)).isEqualTo(expected);
        assertThat(answer(file, BESIDE)).isEqualTo(expected);
    }

    @Test
    void theSecondLoadReadsTheFileAndMakesNoOther() throws Exception {
        Path file = write(MODEL, "model.gguf");
        answer(file, BESIDE);
        byte[] made = Files.readAllBytes(packed(file));
        FileTime time = Files.getLastModifiedTime(packed(file));
        answer(file, BESIDE);
        assertThat(packed(file)).hasBinaryContent(made);
        assertThat(Files.getLastModifiedTime(packed(file))).isEqualTo(time);
        assertThat(names()).containsExactly("model.gguf", "model.gguf.packed");
    }

    /** Also if it has experts that were not read yet. */
    @Test
    void aLoadedModelDoesNotDependOnTheFile() throws Exception {
        for (Architecture architecture : List.of(Architecture.LLAMA, Architecture.MIXTRAL)) {
            Path file = write(TinyModel.of(architecture), "model.gguf");
            List<String> expected = answer(file, BESIDE);
            try (LoadedModel model = load(file, BESIDE, () -> KERNELS)) {
                Files.delete(packed(file));
                assertThat(answer(model)).isEqualTo(expected);
            }
            answer(file, BESIDE);
            boolean hasExperts = architecture == Architecture.MIXTRAL;
            try (LoadedModel model = load(file, BESIDE, () -> KERNELS)) {
                assertThat(packed(file).toFile().setWritable(true)).isTrue();
                try (RandomAccessFile access = new RandomAccessFile(packed(file).toFile(), "rw")) {
                    access.setLength(100);
                }
                Optional<String> failure = failure(model);
                assertThat(failure.isPresent()).isEqualTo(hasExperts);
                if (!hasExperts) {
                    assertThat(answer(model)).isEqualTo(expected);
                }
            }
            assertThat(answer(file, BESIDE)).isEqualTo(expected);
        }
    }

    @Test
    void aFlippedByteIsFoundAndTheFileMadeAgain() throws Exception {
        Path file = write(MODEL, "model.gguf");
        List<String> expected = answer(file, BESIDE);
        byte[] made = Files.readAllBytes(packed(file));
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 40; round++) {
            // Every second one in the table.
            int at = random.nextInt(round % 2 == 0 ? made.length : 2000);
            byte[] damaged = made.clone();
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            replace(packed(file), damaged);
            assertThat(answer(file, BESIDE)).as("byte %d", at).isEqualTo(expected);
            if (!isPadding(made, at)) {
                assertThat(packed(file)).as("byte %d", at).hasBinaryContent(made);
            }
        }
    }

    /** True between two matrices, where zeros fill a page. */
    private static boolean isPadding(byte[] file, int at) {
        int end = Math.min(file.length, (at / 4096 + 1) * 4096);
        return stream(file, at, end).allMatch(each -> each == 0);
    }

    private static Stream<Byte> stream(byte[] file, int from, int to) {
        List<Byte> bytes = new ArrayList<>();
        for (int i = from; i < to; i++) {
            bytes.add(file[i]);
        }
        return bytes.stream();
    }

    @Test
    void anyFileInItsPlaceIsReplaced() throws Exception {
        Path file = write(MODEL, "model.gguf");
        List<String> expected = answer(file, BESIDE);
        byte[] made = Files.readAllBytes(packed(file));
        List<byte[]> others = new ArrayList<>();
        for (int bytes :
                new int[] {0, 1, 19, 20, 21, 500, 4096, made.length / 2, made.length - 1}) {
            others.add(Arrays.copyOf(made, bytes));
        }
        others.add(Arrays.copyOf(made, made.length + 1));
        byte[] otherVersion = made.clone();
        otherVersion[FORMAT_VERSION_AT + 3]++;
        others.add(otherVersion);
        others.add(Files.readAllBytes(file));
        for (byte[] other : others) {
            replace(packed(file), other);
            assertThat(answer(file, BESIDE)).as("%d bytes", other.length).isEqualTo(expected);
            assertThat(packed(file)).as("%d bytes", other.length).hasBinaryContent(made);
        }
    }

    @Test
    void anOlderLayoutIsNotUsed() throws Exception {
        Path file = write(MODEL, "model.gguf");
        List<String> expected = answer(file, BESIDE);
        byte[] made = Files.readAllBytes(packed(file));
        byte[] older = made.clone();
        older[TABLE_AT + 3]--;
        // With the right checksum of the table, as an older version would have written it.
        ByteBuffer bytes = ByteBuffer.wrap(older);
        CRC32C sum = new CRC32C();
        sum.update(older, TABLE_AT, bytes.getInt(12));
        bytes.putInt(16, (int) sum.getValue());
        // And with weights that must not be seen.
        Arrays.fill(older, older.length / 2, older.length, (byte) 0x11);
        replace(packed(file), older);
        assertThat(answer(file, BESIDE)).isEqualTo(expected);
        assertThat(packed(file)).hasBinaryContent(made);
    }

    @Test
    void aChangedModelIsPackedAgain() throws Exception {
        Path file = write(MODEL, "model.gguf");
        answer(file, BESIDE);
        TinyModel other = MODEL.withSeed(2);
        List<Change> changes =
                List.of(
                        // Another time.
                        path -> other.write(path),
                        // The same size and time, and only weights differ.
                        path -> {
                            FileTime time = Files.getLastModifiedTime(path);
                            MODEL.withSeed(3).write(path);
                            Files.setLastModifiedTime(path, time);
                        },
                        // Only the time, as if something within had changed.
                        path ->
                                Files.setLastModifiedTime(
                                        path, FileTime.from(Instant.ofEpochSecond(1_600_000_000))));
        for (Change change : changes) {
            FileTime before = Files.getLastModifiedTime(packed(file));
            change.to(file);
            List<String> expected = answer(file, OFF);
            assertThat(answer(file, BESIDE)).isEqualTo(expected);
            assertThat(answer(file, BESIDE)).isEqualTo(expected);
            assertThat(Files.getLastModifiedTime(packed(file))).isNotEqualTo(before);
        }
    }

    @Test
    void modelsOfOneNameInOneFolderOfPackedWeightsDoNotMeet() throws Exception {
        Path place = Files.createDirectory(folder.resolve("packed"));
        PackedPlace packed = new PackedPlace.Folder(place);
        Path one = write(MODEL, Files.createDirectory(folder.resolve("a")) + "/model.gguf");
        Path two =
                write(
                        MODEL.withSeed(2),
                        Files.createDirectory(folder.resolve("b")) + "/model.gguf");
        for (int round = 0; round < 2; round++) {
            assertThat(answer(one, packed)).isEqualTo(answer(one, OFF));
            assertThat(answer(two, packed)).isEqualTo(answer(two, OFF));
        }
        try (Stream<Path> files = Files.list(place)) {
            assertThat(files).hasSize(2);
        }
        // Another model's file under this model's name.
        List<Path> files;
        try (Stream<Path> listed = Files.list(place)) {
            files = listed.toList();
        }
        byte[] swapped = Files.readAllBytes(files.get(0));
        replace(files.get(0), Files.readAllBytes(files.get(1)));
        replace(files.get(1), swapped);
        assertThat(answer(one, packed)).isEqualTo(answer(one, OFF));
        assertThat(answer(two, packed)).isEqualTo(answer(two, OFF));
    }

    @Test
    void packedWeightsOfModelsThatAreGoneAreDeletedFromACommonFolder() throws Exception {
        Path place = Files.createDirectory(folder.resolve("packed"));
        PackedPlace packed = new PackedPlace.Folder(place);
        Path gone = write(MODEL, "gone.gguf");
        answer(gone, packed);
        Path note = Files.writeString(place.resolve("note.packed"), "of somebody else");
        Files.delete(gone);
        answer(write(MODEL, "model.gguf"), packed);
        try (Stream<Path> files = Files.list(place)) {
            assertThat(files.map(each -> each.getFileName().toString()))
                    .hasSize(2)
                    .anyMatch(name -> name.startsWith("model.gguf-"))
                    .contains(note.getFileName().toString());
        }
    }

    @Test
    void whereNothingCanBeWrittenTheModelRunsWithoutAFile() throws Exception {
        Path file = write(MODEL, "model.gguf");
        Path noFolder = Files.writeString(folder.resolve("file"), "in the way");
        assertThat(answer(file, new PackedPlace.Folder(noFolder))).isEqualTo(answer(file, OFF));
        // A folder in the place of the file cannot be replaced.
        Path inTheWay = Files.createDirectories(packed(file).resolve("something"));
        assertThat(answer(file, BESIDE)).isEqualTo(answer(file, OFF));
        assertThat(inTheWay).exists();
        assertThat(names()).containsExactly("file", "model.gguf", "model.gguf.packed");
    }

    @Test
    void whatAKilledProcessLeftIsDeletedAndWhatAnotherWritesIsNot() throws Exception {
        Path file = write(MODEL, "model.gguf");
        Path left = Files.writeString(folder.resolve("model.gguf.packed.123.part"), "half");
        Path other = Files.writeString(folder.resolve("model.gguf.packed.456.part"), "half");
        Path foreign = Files.writeString(folder.resolve("another.gguf.packed.1.part"), "half");
        try (FileChannel channel = FileChannel.open(other, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            answer(file, BESIDE);
        }
        assertThat(left).doesNotExist();
        assertThat(other).exists();
        assertThat(foreign).exists();
        assertThat(packed(file)).exists();
    }

    @Test
    void aModelThatIsClosedWhileItsFileIsWrittenLeavesNothingUnfinished() throws Exception {
        Path file = write(MODEL, "model.gguf");
        List<String> expected = answer(file, OFF);
        for (int round = 0; round < 20; round++) {
            load(file, BESIDE, () -> KERNELS).close();
            assertThat(names()).allMatch(name -> !name.endsWith(".part"));
            assertThat(answer(file, BESIDE)).isEqualTo(expected);
            Files.delete(packed(file));
        }
    }

    @Test
    void expertsAreReadAtTheirFirstUseAndDamageIsFoundThen() throws Exception {
        Path file = write(TinyModel.of(Architecture.QWEN3MOE), "model.gguf");
        List<String> expected = answer(file, BESIDE);
        byte[] made = Files.readAllBytes(packed(file));
        int found = 0;
        for (int at = 4096; at < made.length; at += made.length / 50) {
            byte[] damaged = made.clone();
            damaged[at] ^= 1;
            replace(packed(file), damaged);
            try (LoadedModel model = load(file, BESIDE, () -> KERNELS)) {
                Optional<String> failure = failure(model);
                if (failure.isPresent()) {
                    found++;
                    assertThat(failure.get())
                            .contains("the packed weights in " + packed(file) + " are damaged at")
                            .contains("_exps.weight")
                            .contains("the file was deleted, and the next load makes it again");
                    assertThat(packed(file)).doesNotExist();
                }
                model.awaitPacked();
            }
            // Damage elsewhere was found at the load, and the file deleted, since experts were not
            // read.
            assertThat(answer(file, BESIDE)).isEqualTo(expected);
            if (!isPadding(made, at)) {
                assertThat(packed(file)).hasBinaryContent(made);
            }
        }
        assertThat(found).isGreaterThan(5);
    }

    private static Optional<String> failure(LoadedModel model) throws Exception {
        Generation generation = model.engine().submit(request());
        while (true) {
            switch (generation.poll(Duration.ofMinutes(5)).orElseThrow()) {
                case GenerationEvent.Failed(String reason) -> {
                    return Optional.of(reason);
                }
                case GenerationEvent.Finished _ -> {
                    return Optional.empty();
                }
                case GenerationEvent.Token _, GenerationEvent.PromptScored _ -> {}
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whoMayNotReadTheModelMayNotReadItsWeights() throws Exception {
        Path file = write(MODEL, "model.gguf");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        answer(file, BESIDE);
        assertThat(Files.getPosixFilePermissions(packed(file)))
                .isEqualTo(PosixFilePermissions.fromString("r--r-----"));
    }

    private static Path packed(Path model) {
        return model.resolveSibling(model.getFileName() + ".packed");
    }

    /** As another process would. */
    private static void replace(Path file, byte[] bytes) throws IOException {
        Path fresh = Files.write(file.resolveSibling("fresh"), bytes);
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    private Path write(TinyModel model, String name) {
        return model.write(folder.resolve(name));
    }

    private static LoadedModel load(Path file, PackedPlace packed, Supplier<Kernels> kernels) {
        return LoadedModel.load(
                file,
                new LoadedModel.Options(
                        kernels,
                        2,
                        0,
                        2,
                        256L << 20,
                        new TemplateSource.OfModel(),
                        new LoadedModel.Beside(packed)));
    }

    private static List<String> answer(Path file, PackedPlace packed) throws Exception {
        return answer(file, packed, () -> KERNELS);
    }

    /** Tokens with their logprobs, in all bits. The file is complete afterwards. */
    private static List<String> answer(Path file, PackedPlace packed, Supplier<Kernels> kernels)
            throws Exception {
        try (LoadedModel model = load(file, packed, kernels)) {
            List<String> answer = answer(model);
            model.awaitPacked();
            return answer;
        }
    }

    private static List<String> answer(LoadedModel model) throws Exception {
        List<String> answer = new ArrayList<>();
        Generation generation = model.engine().submit(request());
        while (true) {
            switch (generation.poll(Duration.ofMinutes(5)).orElseThrow()) {
                case GenerationEvent.Token(int choice, int token, var logprobs) -> {
                    TokenLogprobs its = logprobs.orElseThrow();
                    answer.add(
                            token
                                    + " "
                                    + its.logprob()
                                    + Arrays.toString(its.topTokens())
                                    + Arrays.toString(its.topLogprobs()));
                }
                case GenerationEvent.PromptScored _ -> {}
                case GenerationEvent.Failed(String reason) -> throw new AssertionError(reason);
                case GenerationEvent.Finished _ -> {
                    return answer;
                }
            }
        }
    }

    private static GenerationRequest request() {
        int[] prompt = new int[40];
        for (int i = 0; i < prompt.length; i++) {
            prompt[i] = 3 + 11 * i % 200;
        }
        return new GenerationRequest(
                prompt,
                new GenerationRequest.Length(24, 24, FinishReason.LENGTH),
                SAMPLED,
                1,
                new GenerationRequest.Guidance(Optional.empty(), new int[0]),
                new WantedLogprobs(OptionalInt.of(5), OptionalInt.empty()),
                new GenerationRequest.Owner("test", ""));
    }
}
