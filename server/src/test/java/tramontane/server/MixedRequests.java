package tramontane.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Requests of every kind for a tiny thinking model, and how answers to them are compared. */
final class MixedRequests {
    private static final String TOOLS =
            ",'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'object',"
                    + "'properties':{'a':{'type':'boolean'},'b':{'type':'string','maxLength':40}},'required':['a','b']}}}]";

    private static final String SCHEMA =
            ",'response_format':{'type':'json_schema','json_schema':{'name':'s','schema':{'type':'object',"
                    + "'properties':{'kind':{'enum':['a','b']},'list':{'type':'array','items':{'type':'integer'},"
                    + "'minItems':3,'maxItems':20}},'required':['kind','list']}}}";

    private static final List<String> KINDS =
            List.of(
                    ",'max_tokens':60,'prompt_mode':null",
                    ",'max_tokens':60,'temperature':0",
                    ",'max_tokens':90,'temperature':1.2,'top_p':0.9,'n':3",
                    ",'max_tokens':50,'presence_penalty':1,'frequency_penalty':0.5,'repetition_penalty':1.3,'top_k':40,'min_tokens':9,'stop':['e','é']",
                    ",'max_tokens':120,'prompt_mode':'reasoning'",
                    ",'max_tokens':200,'reasoning_effort':'low','n':2" + SCHEMA,
                    ",'max_tokens':120,'response_format':{'type':'json_object'},'prompt_mode':null",
                    ",'max_tokens':150,'tool_choice':'any','n':2" + TOOLS,
                    ",'max_tokens':80" + TOOLS,
                    ",'max_tokens':60,'temperature':1,'n':2,'logprobs':true,'top_logprobs':3,'prompt_mode':null,'stop':['q','é']",
                    ",'max_tokens':90,'logprobs':true,'prompt_logprobs':true,'top_prompt_logprobs':1"
                            + SCHEMA,
                    ",'max_tokens':60,'prediction':{'type':'content','content':'abc abc abc'},'safe_prompt':true");

    private MixedRequests() {}

    /** A request of some kind, whole or streamed, with a seed. JSON has single quotes. */
    static String next(Random random) {
        int kind = random.nextInt(KINDS.size() + 1);
        String ask =
                kind == KINDS.size()
                        ? "{'model':'tiny','messages':[{'role':'user','content':'hi'},{'role':'assistant','content':'Once é','prefix':true}],'max_tokens':60"
                        : "{'model':'tiny','messages':[{'role':'user','content':'abc é 😀 "
                                + random.nextInt(1000)
                                + "'}]"
                                + KINDS.get(kind);
        return ask
                + ",'random_seed':"
                + random.nextInt(1 << 30)
                + (random.nextInt(4) > 0 ? ",'stream':true}" : "}");
    }

    /**
     * An answer without what differs from one to the next: ids, times, the order of choices among
     * each other, and tokens that were in a cache or drafted.
     */
    static String comparable(String body) {
        if (!body.startsWith("data: ") && !body.startsWith(":")) {
            return plain(JsonMapper.shared().readTree(body)).toString();
        }
        Map<Integer, StringBuilder> choices = new TreeMap<>();
        List<String> usage = new ArrayList<>();
        boolean done = false;
        for (String line : body.lines().filter(each -> each.startsWith("data: ")).toList()) {
            String data = line.substring("data: ".length());
            done = data.equals("[DONE]");
            if (!done) {
                ObjectNode chunk = plain(JsonMapper.shared().readTree(data));
                if (chunk.remove("usage") instanceof ObjectNode counts) {
                    usage.add(counts.toString());
                }
                int index = chunk.at("/choices/0/index").asInt(-1);
                choices.computeIfAbsent(index, _ -> new StringBuilder()).append(chunk).append('\n');
            }
        }
        return String.join("", choices.values()) + usage + (done ? " done" : " broken");
    }

    private static ObjectNode plain(JsonNode json) {
        ObjectNode plain = (ObjectNode) json.deepCopy();
        plain.remove(List.of("id", "created"));
        for (JsonNode choice : plain.path("choices")) {
            for (String part : List.of("delta", "message")) {
                if (choice.path(part).path("tool_calls") instanceof ArrayNode calls) {
                    calls.forEach(call -> ((ObjectNode) call).remove("id"));
                }
            }
        }
        if (plain.path("usage") instanceof ObjectNode usage) {
            usage.remove(List.of("num_cached_tokens", "prompt_tokens_details"));
            if (usage.path("completion_tokens_details") instanceof ObjectNode details) {
                details.remove(List.of("accepted_prediction_tokens", "rejected_prediction_tokens"));
            }
        }
        return plain;
    }
}
