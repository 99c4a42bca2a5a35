package tramontane.token;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tramontane.gguf.GgufException;

/**
 * The rules that split text into words before BPE merges, with their names in model files. A rule
 * may have several steps. Each step splits the pieces of the previous one and sees no text outside
 * of the piece.
 */
enum PreTokenizer {
    GPT2(List.of("gpt-2", "phi-2", "exaone4", "mpt", "olmo", "modern-bert"), false) {
        @Override
        IntList ends(int[] text, int from, int to) {
            return gpt2(text, from, whole(to));
        }
    },
    LLAMA3(List.of("llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral", "lfm2"), true) {
        @Override
        IntList ends(int[] text, int from, int to) {
            WordScanner scanner = new WordScanner(text, to);
            IntList ends = new IntList();
            for (int at = from; at < to; ) {
                at = scanner.llama3(at, 3);
                ends.add(at);
            }
            return ends;
        }
    },
    QWEN2(List.of("qwen2", "deepseek-r1-qwen"), false) {
        @Override
        IntList ends(int[] text, int from, int to) {
            WordScanner scanner = new WordScanner(text, to);
            IntList ends = new IntList();
            for (int at = from; at < to; ) {
                at = scanner.llama3(at, 1);
                ends.add(at);
            }
            return ends;
        }
    },
    SMOLLM(List.of("smollm", "starcoder", "refact", "command-r"), false) {
        @Override
        IntList ends(int[] text, int from, int to) {
            IntList digits = new IntList();
            for (int at = from; at < to; at++) {
                boolean cutAfter = at + 1 == to || isNumber(text[at]) || isNumber(text[at + 1]);
                if (cutAfter) {
                    digits.add(at + 1);
                }
            }
            return gpt2(text, from, digits);
        }
    },
    TEKKEN(List.of("tekken"), true) {
        @Override
        IntList ends(int[] text, int from, int to) {
            WordScanner scanner = new WordScanner(text, to);
            IntList ends = new IntList();
            for (int at = from; at < to; ) {
                at = scanner.tekken(at);
                ends.add(at);
            }
            return ends;
        }
    },
    /**
     * Runs of punctuation, then GPT-2's words, then runs of numbers, then ASCII digits in threes.
     */
    DEFAULT(List.of("default"), false) {
        @Override
        IntList ends(int[] text, int from, int to) {
            IntList punctuation = new IntList();
            for (int at = from; at < to; at++) {
                if (at + 1 == to || isPunctuation(text[at]) != isPunctuation(text[at + 1])) {
                    punctuation.add(at + 1);
                }
            }
            IntList words = gpt2(text, from, punctuation);
            IntList ends = new IntList();
            int start = from;
            for (int i = 0; i < words.size(); i++) {
                numbers(text, start, words.get(i), ends);
                start = words.get(i);
            }
            return ends;
        }
    };

    private final List<String> names;
    private final boolean wholeWordsFirst;

    PreTokenizer(List<String> names, boolean wholeWordsFirst) {
        this.names = names;
        this.wholeWordsFirst = wholeWordsFirst;
    }

    /** The ends of the words in {@code text[from, to)}, ascending; the last one is {@code to}. */
    abstract IntList ends(int[] text, int from, int to);

    /** True if a word that is a token becomes that token, even if merging would give others. */
    boolean wholeWordsFirst() {
        return wholeWordsFirst;
    }

    static PreTokenizer named(String name) {
        return find(name)
                .orElseThrow(() ->
                        new GgufException(
                                "tokenizer.ggml.pre",
                                "is '"
                                        + name
                                        + "', known are "
                                        + Arrays.stream(values())
                                                .flatMap(rule -> rule.names.stream())
                                                .collect(Collectors.joining(", "))));
    }

    /** True if files with this rule add BOS by default. */
    static boolean addsBos(String name) {
        return find(name).map(rule -> rule.wholeWordsFirst).orElse(false);
    }

    private static Optional<PreTokenizer> find(String name) {
        return Arrays.stream(values()).filter(rule -> rule.names.contains(name)).findFirst();
    }

    private static IntList whole(int to) {
        IntList ends = new IntList();
        ends.add(to);
        return ends;
    }

    private static IntList gpt2(int[] text, int from, IntList parts) {
        IntList ends = new IntList();
        int at = from;
        for (int i = 0; i < parts.size(); i++) {
            WordScanner scanner = new WordScanner(text, parts.get(i));
            while (at < parts.get(i)) {
                at = scanner.gpt2(at);
                ends.add(at);
            }
        }
        return ends;
    }

    /** Splits a word at runs of numbers, and ASCII digits in threes from the left. */
    private static void numbers(int[] text, int from, int to, IntList ends) {
        int digits = 0;
        for (int at = from; at < to; at++) {
            digits = isDigit(text[at]) ? digits + 1 : 0;
            boolean cut =
                    at + 1 == to
                            || isNumber(text[at]) != isNumber(text[at + 1])
                            || digits == 3
                            || digits == 0 && startsThreeDigits(text, at + 1, to);
            if (cut) {
                ends.add(at + 1);
                digits = 0;
            }
        }
    }

    private static boolean startsThreeDigits(int[] text, int from, int to) {
        return from + 3 <= to
                && isDigit(text[from])
                && isDigit(text[from + 1])
                && isDigit(text[from + 2]);
    }

    private static boolean isDigit(int codePoint) {
        return codePoint >= '0' && codePoint <= '9';
    }

    private static boolean isNumber(int codePoint) {
        return (CharClass.of(codePoint) & CharClass.NUMBER) != 0;
    }

    private static boolean isPunctuation(int codePoint) {
        return switch (codePoint) {
            case '$', '+', '<', '=', '>', '^', '~', '|' -> true;
            default -> (CharClass.of(codePoint) & CharClass.PUNCTUATION) != 0;
        };
    }
}
