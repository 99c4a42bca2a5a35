package tramontane.grammar.schema;

import java.util.ArrayList;
import java.util.List;

/**
 * A set of arrays: the shape at each index, the number of items, and the shapes that must occur.
 *
 * @param prefix shapes of the first items, one for each
 * @param rest shape of all further items
 * @param min minimum number of items
 * @param max maximum number of items; {@link Long#MAX_VALUE} if unbounded
 * @param unique true when items must be distinct
 */
public record ArrayForm(
        List<Shape> prefix,
        Shape rest,
        long min,
        long max,
        boolean unique,
        List<Contained> contained) {

    /** From index {@code from} on, {@code min} to {@code max} items have the shape. */
    public record Contained(Shape shape, int from, long min, long max) {}

    public ArrayForm {
        prefix = List.copyOf(prefix);
        contained = List.copyOf(contained);
    }

    static ArrayForm of(Shape items) {
        return new ArrayForm(List.of(), items, 0, Long.MAX_VALUE, false, List.of());
    }

    ArrayForm sized(long newMin, long newMax) {
        return new ArrayForm(prefix, rest, newMin, newMax, unique, contained);
    }

    ArrayForm containing(Contained wanted) {
        return new ArrayForm(prefix, rest, min, max, unique, List.of(wanted));
    }

    /** The shape of the item at {@code index}. */
    public Shape item(long index) {
        return index < prefix.size() ? prefix.get((int) index) : rest;
    }

    ArrayForm and(ArrayForm other, Shapes shapes) {
        List<Shape> both = new ArrayList<>();
        for (int i = 0; i < Math.max(prefix.size(), other.prefix.size()); i++) {
            both.add(shapes.and(item(i), other.item(i)));
        }
        List<Contained> all = new ArrayList<>(contained);
        for (Contained wanted : other.contained) {
            if (!all.contains(wanted)) {
                all.add(wanted);
            }
        }
        return new ArrayForm(
                        both,
                        shapes.and(rest, other.rest),
                        Math.max(min, other.min),
                        Math.min(max, other.max),
                        unique || other.unique,
                        all)
                .folded(shapes);
    }

    /** Removes requirements that no item has a shape: they become part of the items' own shapes. */
    ArrayForm folded(Shapes shapes) {
        for (Contained wanted : contained) {
            if (wanted.max == 0) {
                List<Shape> items = new ArrayList<>();
                Shape others = shapes.not(wanted.shape);
                for (int i = 0; i < Math.max(prefix.size(), wanted.from); i++) {
                    items.add(i < wanted.from ? item(i) : shapes.and(item(i), others));
                }
                List<Contained> left = new ArrayList<>(contained);
                left.remove(wanted);
                long newMax = wanted.min > 0 ? -1 : max;
                return new ArrayForm(items, shapes.and(rest, others), min, newMax, unique, left)
                        .folded(shapes);
            }
        }
        return this;
    }

    /** The complement: the arrays that are not of this form, as alternatives. */
    List<ArrayForm> not(Shapes shapes) {
        if (unique) {
            throw new RefusedException("uniqueItems cannot be negated");
        }
        ArrayForm any = of(shapes.all());
        List<ArrayForm> cases = new ArrayList<>();
        List<Shape> before = new ArrayList<>();
        for (Shape item : prefix) {
            if (item != shapes.all()) {
                List<Shape> upTo = new ArrayList<>(before);
                upTo.add(shapes.not(item));
                cases.add(
                        new ArrayForm(
                                upTo, shapes.all(), upTo.size(), Long.MAX_VALUE, false, List.of()));
            }
            before.add(shapes.all());
        }
        if (rest != shapes.all()) {
            cases.add(
                    any.containing(
                            new Contained(shapes.not(rest), prefix.size(), 1, Long.MAX_VALUE)));
        }
        if (min > 0) {
            cases.add(any.sized(0, min - 1));
        }
        if (max < Long.MAX_VALUE) {
            cases.add(any.sized(max + 1, Long.MAX_VALUE));
        }
        for (Contained wanted : contained) {
            if (wanted.min > 0) {
                cases.add(
                        any.containing(
                                new Contained(wanted.shape, wanted.from, 0, wanted.min - 1)));
            }
            if (wanted.max < Long.MAX_VALUE) {
                cases.add(
                        any.containing(
                                new Contained(
                                        wanted.shape,
                                        wanted.from,
                                        wanted.max + 1,
                                        Long.MAX_VALUE)));
            }
        }
        return cases;
    }
}
