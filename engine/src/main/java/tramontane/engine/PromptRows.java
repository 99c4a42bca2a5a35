package tramontane.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
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
}
