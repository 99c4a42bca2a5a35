package tramontane.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import tramontane.model.InputRows;
import tramontane.vision.ImageRows;

/** The rows of the pictures in a prompt, by their positions. */
record PromptRows(List<PromptImage> images) implements InputRows {
    @Override
    public void copy(int position, MemorySegment out) {
        for (PromptImage each : images) {
            if (each.isRow(position)) {
                ImageRows image = each.image();
                int row = image.grid().row(position - each.firstPosition());
                MemorySegment.copy(
                        image.values(),
                        row * image.width(),
                        out,
                        ValueLayout.JAVA_FLOAT,
                        0,
                        image.width());
                return;
            }
        }
        InputRows.NONE.copy(position, out);
    }

    @Override
    public int lastSeen(int position) {
        return seenTogether(position).map(each -> each.end() - 1).orElse(position);
    }

    /** The picture whose rows see one another and one of which stands at the position. */
    Optional<PromptImage> seenTogether(int position) {
        return images.stream()
                .filter(each -> each.image().grid().looksAhead() && each.isRow(position))
                .findFirst();
    }
}
