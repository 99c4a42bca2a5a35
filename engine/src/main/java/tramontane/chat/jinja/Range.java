package tramontane.chat.jinja;

import java.util.AbstractList;
import java.util.List;

/** Python's range: a sequence that prints as {@code range(0, 3)} and has no JSON. */
record Range(long start, long stop, long step) {
    /** The number of items. A step of 0 has been refused before. */
    long size() {
        long span = step > 0 ? stop - start : start - stop;
        long stride = Math.abs(step);
        return span <= 0 ? 0 : (span + stride - 1) / stride;
    }

    List<Object> items() {
        int size = Math.toIntExact(size());
        return new AbstractList<>() {
            @Override
            public Object get(int index) {
                return start + index * step;
            }

            @Override
            public int size() {
                return size;
            }
        };
    }

    /** From item {@code from} to before item {@code to}, every {@code stride}th. */
    Range slice(int from, int to, int stride) {
        return new Range(start + from * step, start + to * step, step * stride);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Range range && items().equals(range.items());
    }

    @Override
    public int hashCode() {
        return items().hashCode();
    }
}
