package tramontane.server;

import tramontane.catalog.CatalogEntry;

/**
 * The memory that models may take on this machine.
 *
 * @param freeBytes what is free now, less the Java heap and a reserve: the budget of {@code serve}
 * @param totalBytes the same of all memory, as if no other program ran
 */
record ModelMemory(long freeBytes, long totalBytes) {
    /** Whether a model fits, with its image encoder. */
    enum Fit {
        YES("yes"),
        /** When other programs have ended. */
        LATER("later"),
        NO("no");

        private final String word;

        Fit(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    Fit fit(CatalogEntry model) {
        if (model.totalRamBytes() <= freeBytes) {
            return Fit.YES;
        }
        return model.totalRamBytes() <= totalBytes ? Fit.LATER : Fit.NO;
    }
}
