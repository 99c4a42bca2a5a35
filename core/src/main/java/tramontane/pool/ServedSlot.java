package tramontane.pool;

/**
 * A model in a list of those that are to be served.
 *
 * @param isNew not served before, so that no other thread knows the slot yet
 * @param limitBytes memory that the model may have
 */
record ServedSlot(Slot slot, boolean pinned, boolean isNew, long limitBytes) {}
