package tramontane.grammar.schema;

import java.util.ArrayList;
import java.util.List;

/**
 * Arrays: what stands at each place, how many items there are, and what must be among them.
 *
 * @param prefix of the first items, one each
 * @param rest of all items behind them
 * @param most {@link Long#MAX_VALUE} where there is no limit
 */
public record ArrayForm(
        List<Shape> prefix,
        Shape rest,
        long least,
        long most,
        boolean unique,
        List<Contained> contained) {

    /** From place {@code from} on, {@code least} to {@code most} items are of {@code shape}. */
    public record Contained(Shape shape, int from, long least, long most) {}

    public ArrayForm {
        prefix = List.copyOf(prefix);
        contained = List.copyOf(contained);
    }

    static ArrayForm of(Shape items) {
        return new ArrayForm(List.of(), items, 0, Long.MAX_VALUE, false, List.of());
    }

    ArrayForm sized(long newLeast, long newMost) {
        return new ArrayForm(prefix, rest, newLeast, newMost, unique, contained);
    }

    ArrayForm containing(Contained wanted) {
        return new ArrayForm(prefix, rest, least, most, unique, List.of(wanted));
    }

    /** What stands at place {@code index}. */
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
                        Math.max(least, other.least),
                        Math.min(most, other.most),
                        unique || other.unique,
                        all)
                .folded(shapes);
    }

    /** A wish for none of a shape is said by the items themselves. */
    ArrayForm folded(Shapes shapes) {
        for (Contained wanted : contained) {
            if (wanted.most == 0) {
                List<Shape> items = new ArrayList<>();
                Shape others = shapes.not(wanted.shape);
                for (int i = 0; i < Math.max(prefix.size(), wanted.from); i++) {
                    items.add(i < wanted.from ? item(i) : shapes.and(item(i), others));
                }
                List<Contained> left = new ArrayList<>(contained);
                left.remove(wanted);
                long newMost = wanted.least > 0 ? -1 : most;
                return new ArrayForm(items, shapes.and(rest, others), least, newMost, unique, left)
                        .folded(shapes);
            }
        }
        return this;
    }

    /** The arrays that are not of this form. */
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
        if (least > 0) {
            cases.add(any.sized(0, least - 1));
        }
        if (most < Long.MAX_VALUE) {
            cases.add(any.sized(most + 1, Long.MAX_VALUE));
        }
        for (Contained wanted : contained) {
            if (wanted.least > 0) {
                cases.add(
                        any.containing(
                                new Contained(wanted.shape, wanted.from, 0, wanted.least - 1)));
            }
            if (wanted.most < Long.MAX_VALUE) {
                cases.add(
                        any.containing(
                                new Contained(
                                        wanted.shape,
                                        wanted.from,
                                        wanted.most + 1,
                                        Long.MAX_VALUE)));
            }
        }
        return cases;
    }
}
