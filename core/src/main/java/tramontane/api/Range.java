package tramontane.api;

import java.util.Map;

/**
 * The allowed values of a number, from {@code min} (exclusive if {@code minOpen}) to {@code max}.
 */
record Range(double min, boolean minOpen, double max) {
    static Range closed(double min, double max) {
        return new Range(min, false, max);
    }

    static Range openBelow(double min, double max) {
        return new Range(min, true, max);
    }

    boolean admits(double number, Value place) {
        if (minOpen && number <= min) {
            place.fault(
                    "greater_than",
                    "Input should be greater than " + shown(min),
                    Map.of("gt", min));
            return false;
        }
        if (number < min) {
            place.fault(
                    "greater_than_equal",
                    "Input should be greater than or equal to " + shown(min),
                    Map.of("ge", min));
            return false;
        }
        if (number > max) {
            place.fault(
                    "less_than_equal",
                    "Input should be less than or equal to " + shown(max),
                    Map.of("le", max));
            return false;
        }
        return true;
    }

    private static String shown(double bound) {
        return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
    }
}
