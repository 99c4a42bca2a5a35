package tramontane.testkit;

/**
 * Draws the tensors of a tiny image encoder, each from the seed and its own name like {@link
 * TinyWeights}.
 *
 * @param format of matrices
 * @param rounded whether their weights are rounded to bf16 first
 */
record VisionTensors(GgufWriter out, WeightFormat format, long seed, boolean rounded) {
    private static final int CHANNELS = 3;

    /** Converters never quantize convolutions, and rows that are no whole blocks. */
    private WeightFormat unquantized() {
        return format.blockElements() == 1 ? format : WeightFormat.F16;
    }

    /** The kernels of a convolution: [width][channel][line][column]. */
    void patches(int width, int patch) {
        String name = "v.patch_embd.weight";
        int elements = CHANNELS * patch * patch;
        byte[] encoded = unquantized().encode(values(name, width * elements, elements));
        out.tensor(name, unquantized().typeId(), encoded, patch, patch, CHANNELS, width);
    }

    void norm(String name, int size) {
        vector(name + ".weight", size, new TinyWeights.Interval(1, 0.2f));
    }

    void bias(String name, int size) {
        vector(name + ".bias", size, new TinyWeights.Interval(0, 0.5f));
    }

    void matrix(String name, int rows, int columns) {
        boolean whole = columns % format.blockElements() == 0;
        matrix(name, rows, columns, whole ? format : unquantized());
    }

    void unquantized(String name, int rows, int columns) {
        matrix(name, rows, columns, unquantized());
    }

    /** A matrix in F32 in every file. */
    void precise(String name, int rows, int columns) {
        matrix(name, rows, columns, WeightFormat.F32);
    }

    private void matrix(String name, int rows, int columns, WeightFormat stored) {
        float[] values = values(name + ".weight", rows * columns, columns);
        out.tensor(name + ".weight", stored.typeId(), stored.encode(values), columns, rows);
    }

    private float[] values(String name, int count, int columns) {
        float spread = 2 * (float) Math.sqrt(3.0 / columns);
        float[] values =
                TinyWeights.uniform(seed, name, count, new TinyWeights.Interval(0, spread));
        return rounded ? WeightFormat.rounded(values) : values;
    }

    void vector(String name, int size, TinyWeights.Interval interval) {
        float[] values = TinyWeights.uniform(seed, name, size, interval);
        out.tensor(name, WeightFormat.F32.typeId(), WeightFormat.F32.encode(values), size);
    }
}
