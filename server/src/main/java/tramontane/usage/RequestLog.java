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
import tramontane.access.Caller;

/**
 * The latest requests of every caller, in memory. A caller is a key, so there are no more logs than
 * keys. One monitor guards all of it, held for a few instructions.
 */
public final class RequestLog {
    /** Requests kept of one caller; a record without bodies takes about a kilobyte. */
    private static final int MAX_RECORDS = 200;

    /** Streams of events that one caller may have open. */
    private static final int MAX_WATCHERS = 16;

    /** What is kept of one caller. */
    private static final class OwnLog {
        final Deque<LoggedRequest> requests = new ArrayDeque<>();
        final List<Watcher> watchers = new ArrayList<>();
        long bodyBytes;
    }

    private final long bodyBytesMax;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Map<String, OwnLog> logs = new HashMap<>();

    /**
     * @param bodyBytesMax bytes of requests and answers to keep of one caller; 0 keeps none
     * @param nanos a steady clock for measuring spans
     */
    public RequestLog(long bodyBytesMax, InstantSource clock, LongSupplier nanos) {
        this.bodyBytesMax = bodyBytesMax;
        this.clock = clock;
        this.nanos = nanos;
    }

    public boolean keepsBodies() {
        return bodyBytesMax > 0;
    }

    /** Enters a request whose answer is about to be made. */
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

    /** A caller's requests, the latest first. */
    public synchronized List<RequestRecord> latest(Caller caller, int limit) {
        OwnLog log = logs.get(caller.id());
        return log == null
                ? List.of()
                : log.requests.stream().limit(limit).map(LoggedRequest::record).toList();
    }

    /** A request of this caller, unless it is gone from the log. */
    public synchronized Optional<RequestRecord> find(Caller caller, String id) {
        OwnLog log = logs.get(caller.id());
        return log == null
                ? Optional.empty()
                : log.requests.stream()
                        .map(LoggedRequest::record)
                        .filter(record -> record.id().equals(id))
                        .findFirst();
    }

    /** Tells of every change from now on; nothing where this caller watches often enough. */
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

    /** Counts the bytes of bodies that a request now has, and drops the oldest beyond the limit. */
    synchronized void grew(LoggedRequest request, long bytes) {
        OwnLog log = logs.get(request.caller().id());
        if (log == null || !log.requests.contains(request)) {
            long _ = request.dropBodies();
            return;
        }
        log.bodyBytes += bytes;
        Iterator<LoggedRequest> oldestFirst = log.requests.descendingIterator();
        while (log.bodyBytes > bodyBytesMax && oldestFirst.hasNext()) {
            log.bodyBytes -= oldestFirst.next().dropBodies();
        }
    }
}
