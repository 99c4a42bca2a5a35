package tramontane.chat;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

/**
 * The input of a chat template.
 *
 * @param addGenerationPrompt true if the prompt ends with the start of the assistant's turn;
 *     ignored if the last message is a {@link Message#prefix}
 * @param variables additional variables such as {@code enable_thinking}, as plain JSON values
 * @param now the time for templates that print the date
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
