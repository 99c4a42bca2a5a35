package tramontane.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * Keys of an object that are there already and are no names of its form: the newest, and those
 * before it.
 */
final class Extras {
    static final Extras NONE = new Extras();

    private final String key;
    private final Extras before;
    private final int size;
    private final int hash;

    private Extras() {
        key = "";
        before = this;
        size = 0;
        hash = 1;
    }

    private Extras(String key, Extras before) {
        this.key = key;
        this.before = before;
        size = before.size + 1;
        hash = 31 * before.hash + key.hashCode();
    }

    Extras with(String newKey) {
        return new Extras(newKey, this);
    }

    boolean isEmpty() {
        return size == 0;
    }

    boolean contains(String wanted) {
        for (Extras at = this; at.size > 0; at = at.before) {
            if (at.key.equals(wanted)) {
                return true;
            }
        }
        return false;
    }

    List<String> keys() {
        List<String> keys = new ArrayList<>(size);
        for (Extras at = this; at.size > 0; at = at.before) {
            keys.add(at.key);
        }
        return keys;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Extras extras) || size != extras.size || hash != extras.hash) {
            return false;
        }
        Extras one = this;
        Extras two = extras;
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
