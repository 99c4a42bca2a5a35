package tramontane.grammar.schema;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Resolves {@code $ref} within one document: JSON pointers, anchors and embedded ids. */
final class References {
    private static final String ROOT = "root:/";

    private final Object document;
    private final Draft draft;

    /** Schemas by absolute id without fragment, and by id with anchor. */
    private final Map<String, SchemaLocation> named = new HashMap<>();

    /** Base URIs of the locations that have an id of their own, by pointer. */
    private final Map<String, String> bases = new HashMap<>();

    /**
     * @param draft decides whether an id beside a reference is ignored
     */
    References(Object document, Draft draft) {
        this.document = document;
        this.draft = draft;
        register(new SchemaLocation("", document, ROOT));
        named.putIfAbsent(ROOT, root());
    }

    SchemaLocation root() {
        return new SchemaLocation("", document, baseAt("", ROOT));
    }

    private String baseAt(String pointer, String otherwise) {
        return bases.getOrDefault(pointer, otherwise);
    }

    /** The location, with the base URI that its own id defines. */
    SchemaLocation based(SchemaLocation location) {
        String base = bases.get(location.pointer());
        return base == null ? location : location.within(base);
    }

    private void register(SchemaLocation location) {
        if (!(location.schema() instanceof Map<?, ?> schema)) {
            return;
        }
        SchemaLocation here = location;
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
        for (SchemaLocation child : Keywords.children(here)) {
            register(child);
        }
    }

    private SchemaLocation identify(SchemaLocation location, String id) {
        if (id.startsWith("#")) {
            named.putIfAbsent(location.base() + id, location);
            return location;
        }
        String uri = resolve(location.base(), id).orElse(location.base());
        int fragment = uri.indexOf('#');
        String base = fragment < 0 ? uri : uri.substring(0, fragment);
        SchemaLocation here = location.within(base);
        bases.put(location.pointer(), base);
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

    /** The location that {@code reference} refers to, if it is in this document. */
    Optional<SchemaLocation> find(SchemaLocation from, String reference) {
        int hash = reference.indexOf('#');
        String file = hash < 0 ? reference : reference.substring(0, hash);
        String fragment = hash < 0 ? "" : reference.substring(hash + 1);
        String base = file.isEmpty() ? from.base() : resolve(from.base(), file).orElse(file);
        SchemaLocation resource = named.get(base);
        if (resource == null) {
            return Optional.ofNullable(named.get(base + "#" + fragment));
        }
        if (fragment.isEmpty()) {
            return Optional.of(resource);
        }
        if (!fragment.startsWith("/")) {
            SchemaLocation anchored = named.get(base + "#" + fragment);
            return Optional.ofNullable(anchored);
        }
        String pointer = URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
        // Many documents have an id and still mean the document root by "#/...", whatever the id.
        return descend(resource, pointer)
                .or(() -> file.isEmpty() ? descend(root(), pointer) : Optional.empty());
    }

    private Optional<SchemaLocation> descend(SchemaLocation from, String pointer) {
        SchemaLocation here = from;
        for (String part : pointer.substring(1).split("/", -1)) {
            String key = part.replace("~1", "/").replace("~0", "~");
            Optional<SchemaLocation> child = child(here, key);
            if (child.isEmpty()) {
                return Optional.empty();
            }
            here = based(child.get());
        }
        // Unknown keywords may contain schemas, too. These were not read before.
        return Optional.of(
                new SchemaLocation(here.pointer(), draft.reading(here.schema()), here.base()));
    }

    private static Optional<SchemaLocation> child(SchemaLocation location, String key) {
        if (location.schema() instanceof Map<?, ?> map && map.containsKey(key)) {
            return Optional.of(location.under(key, map.get(key)));
        }
        if (location.schema() instanceof List<?> list && key.matches("[0-9]{1,6}")) {
            int index = Integer.parseInt(key);
            return index < list.size()
                    ? Optional.of(location.under(key, list.get(index)))
                    : Optional.empty();
        }
        return Optional.empty();
    }
}
