package tramontane.chat;

import java.util.List;
import java.util.stream.Collectors;
import tramontane.token.Span;

/** A rendered prompt. Neighbouring spans differ in their origin, and none is empty. */
public record RenderedPrompt(List<Span> spans) {
    public RenderedPrompt {
        spans = List.copyOf(spans);
    }

    public String text() {
        return spans.stream().map(Span::text).collect(Collectors.joining());
    }
}
