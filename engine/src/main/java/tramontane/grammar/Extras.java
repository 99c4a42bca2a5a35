package tramontane.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * Keys of an object that are there already and are no names of its form: the newest, and those
 * before it.
 */
record Extras(String key, Extras before, int size, int hash) {
    static final Extras NONE = new Extras("", null, 0, 1);

    Extras with(String newKey) {
        return new Extras(newKey, this, size + 1, 31 * hash + newKey.hashCode());
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
