package tramontane.upstream;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import tramontane.api.ApiException;
import tramontane.api.CompletionRequest;
import tramontane.api.EmbeddingRequest;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.Caller;
import tramontane.backend.Completion;
import tramontane.backend.Inspection;
import tramontane.backend.ModelState;
import tramontane.backend.Occupancy;
import tramontane.sampling.SamplingParams;

/**
 * Models of this process and models of upstreams, as one backend. Those of this process come first.
 */
public final class RoutedBackend implements Backend {
    private final Backend local;
    private final LongSupplier nanos;
    private volatile Map<String, UpstreamBackend> upstreams = Map.of();

    /**
     * @param local closed with this backend
     * @param nanos a monotonic clock
     */
    public RoutedBackend(Backend local, LongSupplier nanos) {
        this.local = local;
        this.nanos = nanos;
    }

    /**
     * Serves these models of upstreams from now on, and waits a few seconds for what they say of
     * themselves. Models that are removed or changed finish their answers.
     *
     * @param models with names that differ, also from those of the local models
     */
    public synchronized void change(List<UpstreamModel> models) throws InterruptedException {
        Map<String, UpstreamBackend> before = upstreams;
        Map<String, UpstreamBackend> next = new LinkedHashMap<>();
        for (UpstreamModel model : models) {
            UpstreamBackend known = before.get(model.name());
            next.put(
                    model.name(),
                    known != null && known.model().equals(model)
                            ? known
                            : new UpstreamBackend(model, nanos));
        }
        for (UpstreamBackend each : next.values()) {
            each.awaitChecked();
        }
        upstreams = next;
        before.values().stream()
                .filter(old -> !next.containsValue(old))
                .forEach(UpstreamBackend::retire);
    }

    /** The addresses of all upstreams. */
    public List<UpstreamStatus> statuses() {
        return upstreams.values().stream().flatMap(each -> each.statuses().stream()).toList();
    }

    /** What became of requests, by the model's id. */
    public Map<String, UpstreamCounts> counts() {
        Map<String, UpstreamCounts> counts = new LinkedHashMap<>();
        upstreams.forEach((name, each) -> counts.put(name, each.counts()));
        return counts;
    }

    private Backend of(ModelCard model) {
        UpstreamBackend upstream = upstreams.get(model.id());
        return upstream == null ? local : upstream;
    }

    @Override
    public boolean isRemote(ModelCard model) {
        return upstreams.containsKey(model.id());
    }

    private Stream<Backend> all() {
        return Stream.concat(Stream.of(local), upstreams.values().stream());
    }

    @Override
    public List<ModelCard> models() {
        return all().map(Backend::models).flatMap(Collection::stream).toList();
    }

    @Override
    public Map<String, Path> files() {
        return local.files();
    }

    @Override
    public Map<String, Path> encoderFiles() throws IOException {
        return local.encoderFiles();
    }

    @Override
    public ModelState state(ModelCard model) {
        return of(model).state(model);
    }

    @Override
    public Map<String, Occupancy> occupancies() {
        Map<String, Occupancy> loads = new LinkedHashMap<>();
        all().forEach(each -> loads.putAll(each.occupancies()));
        return loads;
    }

    /** Present while no model can answer. */
    @Override
    public Optional<String> failure() {
        List<String> reasons = new ArrayList<>();
        for (ModelCard model : models()) {
            Optional<String> reason = of(model).failure();
            if (reason.isEmpty()) {
                return Optional.empty();
            }
            reasons.add(of(model) == local ? reason.get() : model.id() + ": " + reason.get());
        }
        return Optional.of(String.join("; ", reasons.stream().distinct().toList()));
    }

    /** A new start does not help an upstream, and would end the answers of others. */
    @Override
    public Optional<String> lost() {
        return upstreams.isEmpty() ? local.lost() : Optional.empty();
    }

    @Override
    public Completion start(
            ModelCard model, CompletionRequest request, SamplingParams sampling, Caller caller)
            throws ApiException {
        return of(model).start(model, request, sampling, caller);
    }

    @Override
    public Completion embed(ModelCard model, EmbeddingRequest request, Caller caller)
            throws ApiException {
        return of(model).embed(model, request, caller);
    }

    @Override
    public Inspection inspect(ModelCard model, CompletionRequest request, Caller caller)
            throws InterruptedException {
        return of(model).inspect(model, request, caller);
    }

    @Override
    public void endAnswers() {
        all().forEach(Backend::endAnswers);
    }

    @Override
    public void close() {
        upstreams.values().forEach(UpstreamBackend::close);
        local.close();
    }
}
