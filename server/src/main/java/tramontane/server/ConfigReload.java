package tramontane.server;

import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;
import tramontane.config.ConfigException;
import tramontane.config.Configuration;
import tramontane.config.Setting;
import tramontane.config.Settings;

/**
 * Applies changes of the configuration file and of the certificate while the server runs. A faulty
 * file changes nothing.
 */
final class ConfigReload {
    /**
     * What a reload changes.
     *
     * @param check refuses what a start would refuse
     */
    record Target(
            Checking check, ServedApi api, Optional<Tls> tls, AskedKeys keys, ModelChange models) {}

    /** Refuses a configuration with which the server could not start. */
    @FunctionalInterface
    interface Checking {
        void run(Configuration configuration) throws Complaint;
    }

    /** The keys that requests need under a configuration. */
    @FunctionalInterface
    interface AskedKeys {
        List<String> of(Configuration configuration) throws Complaint;
    }

    /** Serves the models of a configuration instead of those before, or changes nothing. */
    @FunctionalInterface
    interface ModelChange {
        void to(Configuration configuration) throws Complaint;
    }

    /** What the models are made of. */
    private static final Set<Setting<?>> OF_MODELS =
            Set.of(
                    Settings.MODEL,
                    Settings.PIN,
                    Settings.MEMORY_BUDGET,
                    Settings.UNLOAD_AFTER,
                    Settings.LOAD_WAIT,
                    Settings.UPSTREAM,
                    Settings.UPSTREAM_MODEL,
                    Settings.UPSTREAM_KEY,
                    Settings.UPSTREAM_CONTEXT,
                    Settings.UPSTREAM_CHECK,
                    Settings.UPSTREAM_CONNECT_SECONDS,
                    Settings.UPSTREAM_FIRST_BYTE_SECONDS,
                    Settings.UPSTREAM_IDLE_SECONDS);

    private static final Logger LOG = LoggerFactory.getLogger(ConfigReload.class);

    /** A change counts at the second look, so it is in force within a second. */
    private static final Duration LOOK = Duration.ofMillis(400);

    /** Editors replace a file in two steps; one that stays away for two seconds is missing. */
    private static final int MISSING_LOOKS = 5;

    private final Configuration.Sources sources;
    private final Target target;

    /** The last valid configuration of the sources. */
    private Configuration current;

    /** What the server runs with: settings that do not reload keep the values of its start. */
    private Configuration running;

    /**
     * @param started the configuration in force
     */
    ConfigReload(Configuration.Sources sources, Configuration started, Target target) {
        this.sources = sources;
        this.current = started;
        this.running = started;
        this.target = target;
    }

    /**
     * Watches the files, which {@code watched} knows as they were read, and, without a terminal,
     * SIGHUP. In a terminal SIGHUP means that its window was closed, and ends the server as before.
     */
    void start(WatchedFiles watched, boolean terminal) {
        if (!terminal && isPosix()) {
            Signal.handle(new Signal("HUP"), _ -> reload());
        }
        if (!files().isEmpty()) {
            Thread.ofVirtual().name("config-watch").start(() -> watch(watched));
        }
    }

    private static boolean isPosix() {
        return java.io.File.separatorChar == '/';
    }

    private void watch(WatchedFiles watched) {
        try {
            int looksWithout = 0;
            while (true) {
                Thread.sleep(LOOK);
                looksWithout = watched.missing().isPresent() ? looksWithout + 1 : 0;
                if (looksWithout == MISSING_LOOKS) {
                    LOG.warn(
                            "{} is missing or cannot be read; the settings stay as they were",
                            watched.missing().get());
                }
                if (watched.haveChanged(files())) {
                    reload();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized List<Path> files() {
        return Stream.of(
                        sources.file().stream(),
                        TlsFiles.paths(current).stream(),
                        UpstreamOptions.keyFiles(current).stream())
                .flatMap(each -> each)
                .distinct()
                .toList();
    }

    synchronized void reload() {
        try {
            Configuration next = Configuration.of(sources);
            target.check().run(next);
            List<String> keys = target.keys().of(next);
            if (keys.isEmpty() && !target.keys().of(current).isEmpty()) {
                // An editor may have written only a part of the file yet.
                throw new Complaint(
                        "the file has no key any more, and a server does not stop asking for one while"
                                + " it runs; start it again for that");
            }
            Optional<TlsFiles> files = TlsFiles.of(next);
            boolean tls = target.tls().isPresent() && files.isPresent();
            Optional<KeyStore> store = tls ? Optional.of(files.get().read()) : Optional.empty();
            List<Setting<?>> changed = next.changed(running);
            // Last of what may be refused, since it cannot be taken back.
            // A file with an upstream's key may have changed although its name has not.
            if (!Collections.disjoint(changed, OF_MODELS)
                    || !UpstreamOptions.keyFiles(next).isEmpty()) {
                target.models().to(next);
            }
            boolean renewed = tls && target.tls().get().renew(store.orElseThrow());
            target.api().apply(next, keys);
            // TLS itself is not turned on or off by a reload.
            Predicate<Setting<?>> inForce =
                    setting -> setting.reloads() && (tls || !setting.key().startsWith("tls."));
            report(changed, inForce, renewed);
            current = next;
            running = running.taking(next, inForce);
        } catch (ConfigException | Complaint e) {
            LOG.error(
                    "The settings stay as they were: {}",
                    CommandName.in(String.valueOf(e.getMessage())));
        }
    }

    private static void report(
            List<Setting<?>> changed, Predicate<Setting<?>> inForce, boolean renewed) {
        String now =
                Stream.of(names(changed, inForce), renewed ? "the certificate" : "")
                        .filter(text -> !text.isEmpty())
                        .collect(Collectors.joining(", "));
        String later = names(changed, inForce.negate());
        LOG.info(
                "Settings were read again. Changed: {}. Changed only at the next start: {}.",
                now.isEmpty() ? "none" : now,
                later.isEmpty() ? "none" : later);
    }

    private static String names(List<Setting<?>> settings, Predicate<Setting<?>> which) {
        return settings.stream().filter(which).map(Setting::key).collect(Collectors.joining(", "));
    }
}
