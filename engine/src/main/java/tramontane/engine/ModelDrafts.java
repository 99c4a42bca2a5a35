package tramontane.engine;

import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tramontane.draft.DraftModel;
import tramontane.draft.DraftedAnswer;
import tramontane.draft.StepCostModel;

/**
 * The answers for which a draft model drafts: the first few that run and that no other source of
 * drafts serves. Engine thread only.
 */
final class ModelDrafts {
    private final DraftModel model;
    private final Map<Sequence, DraftedAnswer> followed = new LinkedHashMap<>();

    ModelDrafts(DraftModel model) {
        this.model = model;
    }

    /**
     * Drafts the next tokens of the running sequences that are answering, and gives them to those.
     * It takes the time of several steps of the draft model.
     */
    void draft(List<Sequence> running, StepCostModel costs) {
        forgetOthers(running);
        Map<Sequence, DraftedAnswer> wanting = new LinkedHashMap<>();
        for (Sequence sequence : running) {
            if (sequence.isAnswering() && sequence.wantsModelDraft()) {
                follow(sequence).ifPresent(answer -> wanting.put(sequence, answer));
            }
        }
        if (!wanting.isEmpty()) {
            model.draft(List.copyOf(wanting.values()), costs);
            wanting.forEach((sequence, answer) -> sequence.takeModelDraft(answer.proposal()));
        }
    }

    /** Tells the model what the answer has; empty if it cannot follow this one. */
    private Optional<DraftedAnswer> follow(Sequence sequence) {
        if (!followed.containsKey(sequence) && openAnswers() < DraftModel.MAX_ANSWERS) {
            followed.put(sequence, open(sequence));
        }
        Optional<DraftedAnswer> answer = Optional.ofNullable(followed.get(sequence));
        answer.ifPresent(each -> sequence.tell(each, model));
        return answer.filter(each -> !each.isClosed());
    }

    /** Those that the model can follow: the others must not keep it from drafting for anyone. */
    private long openAnswers() {
        return followed.values().stream().filter(answer -> !answer.isClosed()).count();
    }

    private DraftedAnswer open(Sequence sequence) {
        GenerationRequest request = sequence.request();
        return model.open(
                request.owner().namespace(),
                new DraftedAnswer.Sampling(
                        request.sampling(), sequence.choice(), sequence.counts()));
    }

    private void forgetOthers(List<Sequence> running) {
        if (followed.isEmpty()) {
            return;
        }
        Set<Sequence> kept = new HashSet<>(running);
        Iterator<Map.Entry<Sequence, DraftedAnswer>> each = followed.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<Sequence, DraftedAnswer> entry = each.next();
            if (!kept.contains(entry.getKey())) {
                entry.getValue().close();
                each.remove();
            }
        }
    }
}
