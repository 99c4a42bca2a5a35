package tramontane.backend;

import java.util.ArrayList;
import java.util.List;
import tramontane.api.ScoredToken;
import tramontane.sampling.TokenLogprobs;
import tramontane.token.Tokenizer;

/** Spells the tokens of logprobs, each for itself. */
record TokenScores(Tokenizer tokenizer) {
    ScoredToken token(TokenLogprobs logprobs) {
        List<ScoredToken> top = new ArrayList<>();
        for (int i = 0; i < logprobs.topTokens().length; i++) {
            top.add(token(logprobs.topTokens()[i], logprobs.topLogprobs()[i], List.of()));
        }
        return token(logprobs.token(), logprobs.logprob(), top);
    }

    private ScoredToken token(int token, float logprob, List<ScoredToken> top) {
        // An output matrix may have more rows than there are tokens.
        boolean known = token < tokenizer.size();
        return new ScoredToken(
                known ? tokenizer.text(token) : "",
                known ? tokenizer.bytes(token) : new byte[0],
                token,
                logprob,
                top);
    }
}
