package tramontane.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import tramontane.gguf.GgufFile;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.packed.PackedPlace;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyImageEncoder;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinySiglip;
import tramontane.testkit.TinyVision;
import tramontane.vision.ImagePixels;
import tramontane.vision.ImageRows;
import tramontane.vision.VisionModel;

/** A tiny model that reads pictures, three encoded pictures, and prompts with them. */
record PictureFamily(TinyModel text, List<ImageRows> pictures) {
    /** Of the prompt and of the answer. */
    static final WantedLogprobs SCORED = new WantedLogprobs(OptionalInt.of(20), OptionalInt.of(20));

    private static final int IMG = 500;
    private static final int BREAK = 501;
    private static final int END = 502;
    private static final int ANSWER = 40;

    static PictureFamily pixtral(Path folder) throws InterruptedException {
        return of(TinyVision.ofMerging(), Architecture.LLAMA, 84, folder);
    }

    /** Its window is shorter than a picture. */
    static PictureFamily gemma(Path folder) throws InterruptedException {
        return of(TinySiglip.ofMerging(), Architecture.GEMMA3, TinySiglip.IMAGE_SIZE, folder);
    }

    private static PictureFamily of(
            TinyImageEncoder encoder, Architecture text, int width, Path folder)
            throws InterruptedException {
        List<ImageRows> pictures = new ArrayList<>();
        try (VisionModel vision = load(encoder, folder)) {
            for (int seed = 0; seed < 3; seed++) {
                byte[] rgb = TinyVision.picture(width, 112, seed);
                pictures.add(vision.embed(new ImagePixels(width, 112, rgb)));
            }
        }
        return new PictureFamily(TinyModel.of(text), pictures);
    }

    static VisionModel load(TinyImageEncoder encoder, Path folder) {
        try (GgufFile file = GgufFile.open(encoder.write(folder.resolve("vision.gguf")))) {
            return VisionModel.load(
                    file,
                    new VisionModel.Options(
                            new ScalarKernels(), 1, TinyVision.TEXT_WIDTH, new PackedPlace.Off()));
        }
    }

    /** Text, a picture, text, another picture, text. */
    GenerationRequest request(SamplingParams sampling, int choices, int first, int second) {
        List<Integer> tokens = new ArrayList<>(List.of(1, 7, 9, 20, 21));
        List<PromptImage> images = new ArrayList<>();
        for (int picture : new int[] {first, second}) {
            place(pictures.get(picture), tokens, images);
            tokens.addAll(List.of(END, 30, 31, 32));
        }
        int[] prompt = tokens.stream().mapToInt(Integer::intValue).toArray();
        return new GenerationRequest(
                new GenerationRequest.Prompt(prompt, images),
                new GenerationRequest.Length(ANSWER, 0, FinishReason.LENGTH),
                sampling,
                choices,
                new GenerationRequest.Guidance(Optional.empty(), prompt),
                WantedLogprobs.NONE,
                new GenerationRequest.Owner("test", ""));
    }

    /** A scored prompt with pictures at two positions. */
    GenerationRequest longRequest(int first, int second) {
        List<Integer> tokens = new ArrayList<>();
        List<PromptImage> images = new ArrayList<>();
        for (int position : new int[] {first, second}) {
            while (tokens.size() < position) {
                tokens.add(tokens.size() * 7 % 400);
            }
            place(pictures.get(images.size()), tokens, images);
        }
        tokens.addAll(Arrays.asList(END, 30, 31, 32));
        return new GenerationRequest(
                new GenerationRequest.Prompt(
                        tokens.stream().mapToInt(Integer::intValue).toArray(), images),
                new GenerationRequest.Length(2, 0, FinishReason.LENGTH),
                new SamplingParams(0, 1, 0, 0, 0),
                1,
                GenerationRequest.Guidance.NONE,
                SCORED,
                new GenerationRequest.Owner("test", ""));
    }

    private static void place(ImageRows rows, List<Integer> tokens, List<PromptImage> images) {
        images.add(new PromptImage(tokens.size(), rows));
        for (int offset = 0; offset < rows.grid().positions(); offset++) {
            tokens.add(rows.grid().isRow(offset) ? IMG : BREAK);
        }
    }
}
