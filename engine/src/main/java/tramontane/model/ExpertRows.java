package tramontane.model;

import java.util.Arrays;

/**
 * The assignments of a step's rows to experts, sorted by expert.
 *
 * <pre>
 * assignments  row 0: 2 5   row 1: 0 2   row 2: 2 3          two experts a row
 * places   | expert 0: row 1 | expert 2: rows 0 1 2 | expert 3: row 2 | expert 5: row 0 |
 * tasks    |       0         |          1           |       2         |        3        |
 * </pre>
 *
 * A task is up to {@link #TASK_ROWS} places of one expert. Buffers are allocated once.
 */
final class ExpertRows {
    private static final int TASK_ROWS = 8;

    /** Places of expert {@code e}: {@code first[e]} to {@code first[e + 1]}. */
    private final int[] first;

    private final int[] next;
    private final int[] placeOfAssignment;
    private final int[] rowOfPlace;
    private final int[] touched;
    private final int[] taskFrom;
    private final int[] taskExpert;
    private final int used;
    private int count;
    private int touchedCount;
    private int tasks;

    ExpertRows(ExpertConfig config, int maxAssignments) {
        used = config.used();
        first = new int[config.count() + 1];
        next = new int[config.count()];
        placeOfAssignment = new int[maxAssignments];
        rowOfPlace = new int[maxAssignments];
        touched = new int[config.count()];
        int maxTasks = maxAssignments / TASK_ROWS + Math.min(config.count(), maxAssignments);
        taskFrom = new int[maxTasks];
        taskExpert = new int[maxTasks];
    }

    /** Sorts the first {@code count} assignments of the router. */
    void sort(Router router, int count) {
        this.count = count;
        Arrays.fill(first, 0);
        for (int assignment = 0; assignment < count; assignment++) {
            first[router.expert(assignment) + 1]++;
        }
        touchedCount = 0;
        tasks = 0;
        for (int expert = 0; expert < next.length; expert++) {
            first[expert + 1] += first[expert];
            next[expert] = first[expert];
            if (first[expert] < first[expert + 1]) {
                touched[touchedCount++] = expert;
            }
            for (int from = first[expert]; from < first[expert + 1]; from += TASK_ROWS) {
                taskExpert[tasks] = expert;
                taskFrom[tasks++] = from;
            }
        }
        for (int assignment = 0; assignment < count; assignment++) {
            int place = next[router.expert(assignment)]++;
            placeOfAssignment[assignment] = place;
            rowOfPlace[place] = assignment / used;
        }
    }

    int count() {
        return count;
    }

    int place(int assignment) {
        return placeOfAssignment[assignment];
    }

    int row(int place) {
        return rowOfPlace[place];
    }

    /** Experts with at least one row. */
    int touched() {
        return touchedCount;
    }

    /** The experts with at least one row, in ascending order. */
    int expert(int index) {
        return touched[index];
    }

    /** The first place of an expert. */
    int first(int expert) {
        return first[expert];
    }

    /** The end of the places of an expert. */
    int end(int expert) {
        return first[expert + 1];
    }

    int tasks() {
        return tasks;
    }

    int expertOf(int task) {
        return taskExpert[task];
    }

    /** The first place of a task. */
    int from(int task) {
        return taskFrom[task];
    }

    /** The end of the places of a task. */
    int to(int task) {
        return Math.min(taskFrom[task] + TASK_ROWS, first[taskExpert[task] + 1]);
    }
}
