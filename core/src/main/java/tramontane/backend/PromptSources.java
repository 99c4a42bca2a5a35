package tramontane.backend;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import tramontane.api.ChatCompletionRequest;
import tramontane.backend.Inspection.Part;
import tramontane.backend.Inspection.Source;
import tramontane.chat.Chunk;
import tramontane.chat.JsonLine;
import tramontane.chat.Message;
import tramontane.chat.ToolCall;
import tramontane.token.Span;
import tramontane.token.Tokenizer;

/**
 * Finds the source of each part of a prompt.
 *
 * <p>A rendered prompt only records what came from the template and what from the request. So the
 * texts of the messages are searched for in the request's spans, in order, also without surrounding
 * white space, which some templates trim. What lies between them are names and arguments of calls,
 * or the tools.
 */
record PromptSources(ChatCompletionRequest request, Tokenizer tokenizer) {
    /** A text of the conversation that the prompt should contain. */
    private record Wanted(Source source, OptionalInt message, String text) {}

    /** The position of a text that was found. */
    private record Found(Wanted wanted, int from, int to) {}

    /**
     * @param conversation the messages given to the template: the request's and those that the
     *     server adds
     */
    List<Part> parts(List<Span> spans, List<Message> conversation, int[] tokens) {
        List<Wanted> wanted = wanted(conversation);
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < spans.size(); i++) {
            Span span = spans.get(i);
            if (isWithinTools(spans, i)) {
                parts.add(new Part(Source.TOOLS, OptionalInt.empty(), span.text(), 0));
            } else if (span.trusted()) {
                parts.add(new Part(Source.TEMPLATE, OptionalInt.empty(), span.text(), 0));
            } else {
                split(span.text(), wanted, parts);
            }
        }
        return counted(parts, tokens, tokenizer);
    }

    private List<Wanted> wanted(List<Message> conversation) {
        List<Wanted> wanted = new ArrayList<>();
        List<Wanted> own = new ArrayList<>();
        List<Message> messages = request.messages();
        for (int i = 0; i < messages.size(); i++) {
            for (Chunk chunk : messages.get(i).content()) {
                own.add(new Wanted(Source.MESSAGE, OptionalInt.of(i), text(chunk)));
            }
            for (ToolCall call : messages.get(i).toolCalls()) {
                own.add(new Wanted(Source.MESSAGE, OptionalInt.of(i), call.name()));
                own.add(
                        new Wanted(
                                Source.MESSAGE, OptionalInt.of(i), JsonLine.of(call.arguments())));
            }
        }
        for (Message message : conversation) {
            for (Chunk chunk : message.content()) {
                String text = text(chunk);
                if (!own.isEmpty() && own.getFirst().text.equals(text)) {
                    wanted.add(own.removeFirst());
                } else {
                    wanted.add(new Wanted(added(text), OptionalInt.empty(), text));
                }
            }
            for (ToolCall call : message.toolCalls()) {
                if (!own.isEmpty() && own.getFirst().text.equals(call.name())) {
                    wanted.add(own.removeFirst());
                    wanted.add(own.removeFirst());
                }
            }
        }
        wanted.removeIf(each -> each.text.isBlank());
        return wanted;
    }

    private static String text(Chunk chunk) {
        return switch (chunk) {
            case Chunk.Text(String text) -> text;
            case Chunk.Thinking thinking -> thinking.text();
            // The template writes its placeholder.
            case Chunk.Image _ -> "";
        };
    }

    private static Source added(String text) {
        if (text.equals(ChatCompletionRequest.SAFE_PROMPT)) {
            return Source.SAFE_PROMPT;
        }
        return text.startsWith(PromptWriter.SCHEMA_FOLLOWS) ? Source.RESPONSE_FORMAT : Source.TOOLS;
    }

    /**
     * Splits a span of the request at the texts found in it, and removes these from {@code wanted}.
     */
    private void split(String text, List<Wanted> wanted, List<Part> parts) {
        if (isTools(text, wanted)) {
            parts.add(new Part(Source.TOOLS, OptionalInt.empty(), text, 0));
            return;
        }
        int at = 0;
        Optional<Wanted> latest = Optional.empty();
        while (at < text.length()) {
            Optional<Found> found = first(text, at, wanted);
            int until = found.map(Found::from).orElse(text.length());
            if (until > at) {
                parts.add(between(text.substring(at, until), latest));
            }
            if (found.isEmpty()) {
                return;
            }
            Wanted next = found.get().wanted;
            parts.add(
                    new Part(
                            next.source,
                            next.message,
                            text.substring(found.get().from, found.get().to),
                            0));
            wanted.subList(0, wanted.indexOf(next) + 1).clear();
            latest = Optional.of(next);
            at = found.get().to;
        }
    }

    /**
     * True if a span is part of the tools in JSON, in which only the {@code type} is the template's
     * own text.
     */
    private boolean isWithinTools(List<Span> spans, int at) {
        if (request.prompting().tools().tools().isEmpty()) {
            return false;
        }
        boolean begins = at + 2 < spans.size() && isFunctionWord(spans.get(at + 1));
        boolean ends = at >= 2 && isFunctionWord(spans.get(at - 1));
        return isFunctionWord(spans.get(at)) && at >= 1 && at + 1 < spans.size()
                ? describes(spans.get(at + 1))
                : begins && describes(spans.get(at + 2)) || ends && describes(spans.get(at));
    }

    private static boolean isFunctionWord(Span span) {
        return span.trusted() && span.text().equals("function");
    }

    private static boolean describes(Span span) {
        return !span.trusted()
                && span.text().startsWith("\"")
                && span.text().contains("\"parameters\"");
    }

    /** True if a span is the tools in JSON; a short message might occur in it by chance. */
    private boolean isTools(String text, List<Wanted> wanted) {
        String trimmed = text.strip();
        return (trimmed.startsWith("{") || trimmed.startsWith("["))
                && request.prompting().tools().tools().stream()
                        .anyMatch(tool -> text.contains('"' + tool.name() + '"'))
                && wanted.stream().noneMatch(each -> each.text.strip().equals(trimmed));
    }

    /** The first of the wanted texts, in order, that occurs after {@code from}. */
    private static Optional<Found> first(String text, int from, List<Wanted> wanted) {
        for (Wanted each : wanted) {
            for (String form : List.of(each.text, each.text.strip())) {
                int at = text.indexOf(form, from);
                if (at >= 0) {
                    return Optional.of(new Found(each, at, at + form.length()));
                }
            }
        }
        return Optional.empty();
    }

    private Part between(String text, Optional<Wanted> before) {
        boolean ofCall =
                before.filter(each ->
                                each.message.isPresent()
                                        && !request.messages()
                                                .get(each.message.getAsInt())
                                                .toolCalls()
                                                .isEmpty())
                        .isPresent();
        if (ofCall || text.isBlank() && before.isPresent()) {
            return new Part(before.get().source, before.get().message, text, 0);
        }
        boolean tools =
                request.prompting().tools().tools().stream()
                        .anyMatch(tool -> text.contains(tool.name()));
        return new Part(tools ? Source.TOOLS : Source.REQUEST, OptionalInt.empty(), text, 0);
    }

    /** Adds the number of tokens that start in each part, by comparing bytes. */
    static List<Part> counted(List<Part> parts, int[] tokens, Tokenizer tokenizer) {
        List<byte[]> texts =
                parts.stream().map(part -> part.text().getBytes(StandardCharsets.UTF_8)).toList();
        int[] counts = new int[parts.size()];
        int part = 0;
        int at = 0;
        for (int token : tokens) {
            while (part < parts.size() - 1 && at >= texts.get(part).length) {
                at -= texts.get(part).length;
                part++;
            }
            if (counts.length == 0) {
                break;
            }
            counts[part]++;
            at += length(token, tokenizer, texts.get(part), at);
        }
        List<Part> counted = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
            Part each = parts.get(i);
            counted.add(new Part(each.source(), each.message(), each.text(), counts[i]));
        }
        return counted;
    }

    /** Number of the prompt's bytes that a token stands for; 0 for one added before the text. */
    private static int length(int token, Tokenizer tokenizer, byte[] text, int at) {
        byte[] spelled =
                tokenizer.isControl(token)
                        ? tokenizer.text(token).getBytes(StandardCharsets.UTF_8)
                        : tokenizer.bytes(token);
        if (at < text.length && spelled.length > 0 && text[at] == spelled[0]) {
            return spelled.length;
        }
        boolean spaced =
                at < text.length
                        && spelled.length > 1
                        && spelled[0] == ' '
                        && text[at] == spelled[1];
        return spaced ? spelled.length - 1 : 0;
    }

    /** The parts of a fill-in-the-middle prompt, in the order of its tokens. */
    static List<Part> ofGap(String prompt, String suffix, int[] tokens, Tokenizer tokenizer) {
        int[] before = tokenizer.encode(prompt);
        List<Part> parts = new ArrayList<>();
        parts.add(new Part(Source.PROMPT, OptionalInt.empty(), prompt, before.length));
        if (!suffix.isEmpty()) {
            long control = Arrays.stream(tokens).filter(tokenizer::isControl).count();
            int after = (int) (tokens.length - before.length - control);
            parts.add(new Part(Source.SUFFIX, OptionalInt.empty(), suffix, after));
        }
        return parts;
    }
}
