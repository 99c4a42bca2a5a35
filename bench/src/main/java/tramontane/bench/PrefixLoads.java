package tramontane.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tramontane.engine.GenerationRequest;

/** The speed-up from the prefix cache: a shared system prompt, and a growing conversation. */
record PrefixLoads(OwnEngine engine) {
    private static final int SYSTEM = 1024;
    private static final int OWN = 64;
    private static final int CALLERS = 16;
    private static final int TURNS = 8;
    private static final int ANSWER = 32;
    static final int LONGEST = SYSTEM + TURNS * (OWN + ANSWER) + OWN;
    static final int CACHED = SYSTEM + CALLERS * (OWN + ANSWER + 32) + LONGEST;

    /** One request with an uncached prompt, then the others at the same time. */
    ObjectNode sharedPrefix() {
        String cache = engine.fresh();
        int[] system = engine.randomTokens(SYSTEM);
        OwnEngine.Answer first = engine.ask(OwnEngine.request(with(system), ANSWER, cache));
        List<GenerationRequest> others = new ArrayList<>();
        for (int i = 1; i < CALLERS; i++) {
            others.add(OwnEngine.request(with(system), ANSWER, cache));
        }
        List<OwnEngine.Answer> answers = engine.askAll(others);
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("prefixTokens", SYSTEM).put("requests", CALLERS);
        json.put("coldFirstTokenMillis", Row.rounded(1e3 * first.firstSeconds()));
        return warm(json, answers);
    }

    /** Each turn repeats the conversation and adds a question. */
    ObjectNode multiTurn() {
        String cache = engine.fresh();
        int[] said = engine.randomTokens(SYSTEM);
        List<OwnEngine.Answer> answers = new ArrayList<>();
        for (int turn = 0; turn <= TURNS; turn++) {
            OwnEngine.Answer answer = engine.ask(OwnEngine.request(said, ANSWER, cache));
            answers.add(answer);
            int length = said.length;
            said = Arrays.copyOf(said, length + ANSWER + OWN);
            System.arraycopy(answer.tokens(), 0, said, length, ANSWER);
            System.arraycopy(engine.randomTokens(OWN), 0, said, length + ANSWER, OWN);
        }
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("turns", TURNS);
        json.put("coldFirstTokenMillis", Row.rounded(1e3 * answers.getFirst().firstSeconds()));
        return warm(json, answers.subList(1, answers.size()));
    }

    private int[] with(int[] system) {
        int[] prompt = Arrays.copyOf(system, SYSTEM + OWN);
        System.arraycopy(engine.randomTokens(OWN), 0, prompt, SYSTEM, OWN);
        return prompt;
    }

    private static ObjectNode warm(ObjectNode json, List<OwnEngine.Answer> answers) {
        List<Double> first = answers.stream().map(OwnEngine.Answer::firstSeconds).toList();
        json.put("warmFirstTokenMillisP50", Row.rounded(1e3 * Statistics.percentile(first, 50)));
        json.put("warmFirstTokenMillisP99", Row.rounded(1e3 * Statistics.percentile(first, 99)));
        long cached = answers.stream().mapToLong(answer -> answer.counts().cachedTokens()).sum();
        return json.put("cachedTokensEach", cached / answers.size());
    }
}
