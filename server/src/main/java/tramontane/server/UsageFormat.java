package tramontane.server;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.ledger.UsageQuery;

/** How {@code usage} prints its sums. */
enum UsageFormat {
    TABLE {
        @Override
        void print(UsageQuery query, List<UsageQuery.Sum> sums, PrintWriter out) {
            List<List<String>> lines = new ArrayList<>();
            lines.add(titles(query));
            sums.forEach(sum -> lines.add(cells(sum)));
            if (sums.size() > 1) {
                lines.add(total(query.by().size(), sums));
            }
            int[] widths = new int[lines.getFirst().size()];
            for (List<String> line : lines) {
                for (int i = 0; i < widths.length; i++) {
                    widths[i] = Math.max(widths[i], line.get(i).length());
                }
            }
            for (List<String> line : lines) {
                StringBuilder text = new StringBuilder();
                for (int i = 0; i < widths.length; i++) {
                    // Names to the left, numbers to the right.
                    String side = i < query.by().size() ? "-" : "";
                    text.append(("%" + side + widths[i] + "s  ").formatted(line.get(i)));
                }
                out.println(text.toString().stripTrailing());
            }
        }
    },
    JSON {
        @Override
        void print(UsageQuery query, List<UsageQuery.Sum> sums, PrintWriter out) {
            ArrayNode list = JsonNodeFactory.instance.arrayNode();
            for (UsageQuery.Sum sum : sums) {
                ObjectNode node = list.addObject();
                for (int i = 0; i < query.by().size(); i++) {
                    node.put(query.by().get(i).title(), sum.group().get(i));
                }
                List<Long> numbers = numbers(sum);
                for (int i = 0; i < NUMBERS.size(); i++) {
                    node.put(NUMBERS.get(i), numbers.get(i));
                }
            }
            out.println(list.toPrettyString());
        }
    },
    CSV {
        @Override
        void print(UsageQuery query, List<UsageQuery.Sum> sums, PrintWriter out) {
            line(titles(query), out);
            sums.forEach(sum -> line(cells(sum), out));
        }

        private void line(List<String> cells, PrintWriter out) {
            // RFC 4180 ends lines with both characters.
            out.print(String.join(",", cells.stream().map(UsageFormat::csvCell).toList()) + "\r\n");
        }
    };

    private static final List<String> NUMBERS =
            List.of(
                    "requests",
                    "finished",
                    "prompt_tokens",
                    "cached_tokens",
                    "completion_tokens",
                    "thinking_tokens");

    abstract void print(UsageQuery query, List<UsageQuery.Sum> sums, PrintWriter out);

    private static List<String> titles(UsageQuery query) {
        List<String> titles =
                new ArrayList<>(query.by().stream().map(UsageQuery.Group::title).toList());
        titles.addAll(NUMBERS);
        return titles;
    }

    private static List<Long> numbers(UsageQuery.Sum sum) {
        return List.of(
                sum.requests(),
                sum.finished(),
                sum.promptTokens(),
                sum.cachedTokens(),
                sum.completionTokens(),
                sum.thinkingTokens());
    }

    private static List<String> cells(UsageQuery.Sum sum) {
        List<String> cells = new ArrayList<>(sum.group());
        numbers(sum).forEach(number -> cells.add(number.toString()));
        return cells;
    }

    private static List<String> total(int groups, List<UsageQuery.Sum> sums) {
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < groups; i++) {
            cells.add(i == 0 ? "total" : "");
        }
        for (int i = 0; i < NUMBERS.size(); i++) {
            int column = i;
            cells.add("" + sums.stream().mapToLong(sum -> numbers(sum).get(column)).sum());
        }
        return cells;
    }

    /**
     * Quotes a cell if necessary. A spreadsheet would take a text that begins like a formula for
     * one, so an apostrophe precedes it; the names of keys and models are not ours.
     */
    static String csvCell(String text) {
        String safe =
                !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0 && !text.equals("-")
                        ? "'" + text
                        : text;
        return safe.matches("(?s).*[\",\r\n].*") ? '"' + safe.replace("\"", "\"\"") + '"' : safe;
    }
}
