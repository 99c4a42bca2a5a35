package tramontane.upstream;

/**
 * Bounds how many requests are sent a second time: a tenth of those that succeed, and a few at
 * first. Otherwise retries would multiply the load on servers that already fail. Guarded by its
 * monitor.
 */
final class RetryBudget {
    private static final int COST = 10;
    private static final int MAX_CREDIT = 10 * COST;

    private int credit = MAX_CREDIT;

    synchronized boolean take() {
        if (credit < COST) {
            return false;
        }
        credit -= COST;
        return true;
    }

    synchronized void earn() {
        credit = Math.min(MAX_CREDIT, credit + 1);
    }
}
