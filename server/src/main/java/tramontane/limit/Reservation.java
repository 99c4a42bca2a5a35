package tramontane.limit;

import java.util.Optional;

/** The outcome of reserving what a request may need. */
sealed interface Reservation {
    /** What is reserved until it is settled. */
    sealed interface Held extends Reservation {
        Cost cost();

        /** In this process. */
        record Local(Cost cost, Optional<MonthTable.Page> page) implements Held {}

        /** In the database. */
        record Shared(UseTable.Entry entry) implements Held {
            @Override
            public Cost cost() {
                return entry.cost();
            }
        }
    }

    /** A limit would be exceeded, so nothing was taken. */
    record Refused(Refusal refusal) implements Reservation {}
}
