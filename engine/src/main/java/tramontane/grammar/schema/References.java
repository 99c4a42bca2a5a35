package tramontane.grammar.schema;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds what {@code $ref} means within one document: pointers, anchors and embedded ids. */
final class References {
    private static final String ROOT = "root:/";

    private final Object document;
    private final Draft draft;

    /** Schemas by their absolute id, without a fragment, and by id with an anchor. */
    private final Map<String, Place> named = new HashMap<>();

    /** The URI that holds at a place, for places with an id of their own. */
    private final Map<String, String> bases = new HashMap<>();

    /**
     * @param draft says whether what is beside a reference, such as an id, counts
     */
    References(Object document, Draft draft) {
        this.document = document;
        this.draft = draft;
        register(new Place("", document, ROOT));
        named.putIfAbsent(ROOT, root());
    }

    Place root() {
        return new Place("", document, baseAt("", ROOT));
    }

    private String baseAt(String pointer, String otherwise) {
        return bases.getOrDefault(pointer, otherwise);
    }

    /** The place, with the URI that its own id gives it. */
    Place based(Place place) {
        String base = bases.get(place.pointer());
        return base == null ? place : place.within(base);
    }

    private void register(Place place) {
        if (!(place.schema() instanceof Map<?, ?> schema)) {
            return;
        }
        Place here = place;
        List<String> ids =
                draft.refersAlone() && schema.containsKey("$ref")
                        ? List.of()
                        : List.of("$id", "id");
        for (String keyword : ids) {
            if (schema.get(keyword) instanceof String id && !id.isEmpty()) {
                here = identify(here, id);
            }
        }
        for (String keyword : List.of("$anchor", "$dynamicAnchor")) {
            if (schema.get(keyword) instanceof String anchor) {
                named.putIfAbsent(here.base() + "#" + anchor, here);
            }
        }
        for (Place child : Keywords.children(here)) {
            register(child);
        }
    }

    private Place identify(Place place, String id) {
        if (id.startsWith("#")) {
            named.putIfAbsent(place.base() + id, place);
            return place;
        }
        String uri = resolve(place.base(), id).orElse(place.base());
        int fragment = uri.indexOf('#');
        String base = fragment < 0 ? uri : uri.substring(0, fragment);
        Place here = place.within(base);
        bases.put(place.pointer(), base);
        named.putIfAbsent(base, here);
        if (fragment >= 0 && fragment + 1 < uri.length()) {
            named.putIfAbsent(uri, here);
        }
        return here;
    }

    private static Optional<String> resolve(String base, String reference) {
        try {
            return Optional.of(new URI(base).resolve(new URI(reference)).toString());
        } catch (java.net.URISyntaxException e) {
            return Optional.empty();
        }
    }

    /** What {@code reference} at {@code from} means, if it is in this document. */
    Optional<Place> find(Place from, String reference) {
        int hash = reference.indexOf('#');
        String file = hash < 0 ? reference : reference.substring(0, hash);
        String fragment = hash < 0 ? "" : reference.substring(hash + 1);
        String base = file.isEmpty() ? from.base() : resolve(from.base(), file).orElse(file);
        Place resource = named.get(base);
        if (resource == null) {
            return Optional.ofNullable(named.get(base + "#" + fragment));
        }
        if (fragment.isEmpty()) {
            return Optional.of(resource);
        }
        if (!fragment.startsWith("/")) {
            Place anchored = named.get(base + "#" + fragment);
            return Optional.ofNullable(anchored);
        }
        String pointer = URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
        // Many documents carry an id and mean their root by "#/...", wherever the id points.
        return descend(resource, pointer)
                .or(() -> file.isEmpty() ? descend(root(), pointer) : Optional.empty());
    }

    private Optional<Place> descend(Place from, String pointer) {
        Place here = from;
        for (String part : pointer.substring(1).split("/", -1)) {
            String key = part.replace("~1", "/").replace("~0", "~");
            Optional<Place> child = child(here, key);
            if (child.isEmpty()) {
                return Optional.empty();
            }
            here = based(child.get());
        }
        // Keywords that are none may hold schemas too, which nobody has come by yet.
        return Optional.of(new Place(here.pointer(), draft.reading(here.schema()), here.base()));
    }

    private static Optional<Place> child(Place place, String key) {
        if (place.schema() instanceof Map<?, ?> map && map.containsKey(key)) {
            return Optional.of(place.under(key, map.get(key)));
        }
        if (place.schema() instanceof List<?> list && key.matches("[0-9]{1,6}")) {
            int index = Integer.parseInt(key);
            return index < list.size()
                    ? Optional.of(place.under(key, list.get(index)))
                    : Optional.empty();
        }
        return Optional.empty();
    }
}
