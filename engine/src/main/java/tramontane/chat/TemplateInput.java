package tramontane.chat;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

/**
 * A conversation for a chat template.
 *
 * @param addGenerationPrompt whether the prompt ends where the assistant's answer begins; a last
 *     message with {@link Message#prefix} makes it go on from that message whatever this says
 * @param variables further variables such as {@code enable_thinking}, plain JSON values
 * @param now what a template that prints the date is told
 */
public record TemplateInput(
        List<Message> messages,
        List<Tool> tools,
        boolean addGenerationPrompt,
        String bosToken,
        String eosToken,
        Map<String, Object> variables,
        LocalDateTime now) {
    public TemplateInput {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        variables = Map.copyOf(variables);
    }

    TemplateInput with(List<Message> otherMessages, boolean generationPrompt) {
        return new TemplateInput(
                otherMessages, tools, generationPrompt, bosToken, eosToken, variables, now);
    }
}
