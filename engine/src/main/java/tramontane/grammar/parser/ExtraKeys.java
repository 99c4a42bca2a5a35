package tramontane.grammar.parser;

import java.util.ArrayList;
import java.util.List;

/**
 * An immutable list of the keys of an object that are not names of its form: the newest, and the
 * list before it.
 */
final class ExtraKeys {
    static final ExtraKeys NONE = new ExtraKeys();

    private final String key;
    private final ExtraKeys before;
    private final int size;
    private final int hash;

    private ExtraKeys() {
        key = "";
        before = this;
        size = 0;
        hash = 1;
    }

    private ExtraKeys(String key, ExtraKeys before) {
        this.key = key;
        this.before = before;
        size = before.size + 1;
        hash = 31 * before.hash + key.hashCode();
    }

    ExtraKeys with(String newKey) {
        return new ExtraKeys(newKey, this);
    }

    boolean isEmpty() {
        return size == 0;
    }

    boolean contains(String wanted) {
        for (ExtraKeys at = this; at.size > 0; at = at.before) {
            if (at.key.equals(wanted)) {
                return true;
            }
        }
        return false;
    }

    List<String> keys() {
        List<String> keys = new ArrayList<>(size);
        for (ExtraKeys at = this; at.size > 0; at = at.before) {
            keys.add(at.key);
        }
        return keys;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof ExtraKeys extras) || size != extras.size || hash != extras.hash) {
            return false;
        }
        ExtraKeys one = this;
        ExtraKeys two = extras;
        while (one != two) {
            if (!one.key.equals(two.key)) {
                return false;
            }
            one = one.before;
            two = two.before;
        }
        return true;
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
