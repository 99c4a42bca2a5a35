package tramontane.usage;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import tramontane.backend.Caller;
import tramontane.ledger.Ledger;

/**
 * The latest requests of each caller, in memory. The number of callers is limited by the number of
 * keys. All fields are guarded by this object's monitor, held for a few instructions only.
 */
public final class RequestLog {
    /** Maximum requests per caller; a record without bodies takes about a kilobyte. */
    private static final int MAX_RECORDS = 200;

    /** Maximum open event streams per caller. */
    private static final int MAX_WATCHERS = 16;

    /** The log of one caller. */
    private static final class OwnLog {
        final Deque<LoggedRequest> requests = new ArrayDeque<>();
        final List<Watcher> watchers = new ArrayList<>();
        long bodyBytes;
    }

    private final long maxBodyBytes;
    private final Optional<Ledger> ledger;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Map<String, OwnLog> logs = new HashMap<>();

    /**
     * @param maxBodyBytes maximum bytes of requests and answers kept per caller; 0 keeps none
     * @param ledger gets a row of each request when it ends
     * @param nanos a monotonic clock for measuring durations
     */
    public RequestLog(
            long maxBodyBytes, Optional<Ledger> ledger, InstantSource clock, LongSupplier nanos) {
        this.maxBodyBytes = maxBodyBytes;
        this.ledger = ledger;
        this.clock = clock;
        this.nanos = nanos;
    }

    public boolean keepsBodies() {
        return maxBodyBytes > 0;
    }

    Optional<Ledger> ledger() {
        return ledger;
    }

    /** False while new requests must be refused, because the ledger cannot keep their rows. */
    public boolean accepts() {
        return ledger.map(Ledger::accepts).orElse(true);
    }

    /** Why the ledger cannot be written at present. */
    public Optional<String> trouble() {
        return ledger.flatMap(Ledger::trouble);
    }

    /** Adds a request whose answer is about to be generated. */
    public LoggedRequest begin(Caller caller, String id, String path, String client) {
        LoggedRequest request =
                new LoggedRequest(
                        this,
                        caller,
                        id,
                        new RequestRecord.Origin(clock.millis(), path, client),
                        nanos);
        synchronized (this) {
            OwnLog log = logs.computeIfAbsent(caller.id(), _ -> new OwnLog());
            log.requests.addFirst(request);
            if (log.requests.size() > MAX_RECORDS) {
                log.bodyBytes -= log.requests.removeLast().dropBodies();
            }
        }
        changed(request);
        return request;
    }

    /** The requests of a caller, latest first. */
    public synchronized List<RequestRecord> latest(Caller caller, int limit) {
        OwnLog log = logs.get(caller.id());
        return log == null
                ? List.of()
                : log.requests.stream().limit(limit).map(LoggedRequest::record).toList();
    }

    /** A request of this caller, if it is still in the log. */
    public synchronized Optional<RequestRecord> find(Caller caller, String id) {
        OwnLog log = logs.get(caller.id());
        return log == null
                ? Optional.empty()
                : log.requests.stream()
                        .map(LoggedRequest::record)
                        .filter(record -> record.id().equals(id))
                        .findFirst();
    }

    /** Reports every change from now on; empty if the caller has too many open streams. */
    public synchronized Optional<Watcher> watch(Caller caller) {
        OwnLog log = logs.computeIfAbsent(caller.id(), _ -> new OwnLog());
        if (log.watchers.size() == MAX_WATCHERS) {
            return Optional.empty();
        }
        Watcher watcher = new Watcher(gone -> leave(caller, gone));
        log.watchers.add(watcher);
        return Optional.of(watcher);
    }

    private synchronized void leave(Caller caller, Watcher watcher) {
        Optional.ofNullable(logs.get(caller.id())).ifPresent(log -> log.watchers.remove(watcher));
    }

    synchronized void changed(LoggedRequest request) {
        OwnLog log = logs.get(request.caller().id());
        if (log != null && !log.watchers.isEmpty()) {
            RequestRecord record = request.record();
            log.watchers.forEach(watcher -> watcher.offer(record));
        }
    }

    /**
     * Adds to the size of a request's bodies, and drops the oldest bodies in excess of the limit.
     */
    synchronized void grew(LoggedRequest request, long bytes) {
        OwnLog log = logs.get(request.caller().id());
        if (log == null || !log.requests.contains(request)) {
            long _ = request.dropBodies();
            return;
        }
        log.bodyBytes += bytes;
        Iterator<LoggedRequest> oldestFirst = log.requests.descendingIterator();
        while (log.bodyBytes > maxBodyBytes && oldestFirst.hasNext()) {
            log.bodyBytes -= oldestFirst.next().dropBodies();
        }
    }
}
