package tramontane.bench;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.token.Tokenizer;

/**
 * llguidance and xgrammar in a child process each (see grammar_peers.py), with the tokens of our
 * vocabulary and the same documents in the same order.
 */
record GrammarPeers(String python, Path script, Path schemas, Tokenizer tokenizer) {
    /** xgrammar takes very long for some schemas, so it gets only a tenth of them. */
    private static final int XGRAMMAR_EVERY = 10;

    ObjectNode run(List<SchemaCase> cases) throws IOException {
        ObjectNode peers = JsonMapper.shared().createObjectNode();
        peers.set("llguidance", run("llguidance", cases, 1));
        peers.set("xgrammar", run("xgrammar", cases, XGRAMMAR_EVERY));
        return peers;
    }

    private ObjectNode run(String peer, List<SchemaCase> cases, int every) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(python, script.toString(), peer, schemas.toString(), "" + every);
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (Writer out = process.outputWriter(StandardCharsets.UTF_8)) {
            out.write(vocabulary() + "\n");
            for (int i = 0; i < cases.size(); i += every) {
                out.write(documents(cases.get(i)) + "\n");
            }
        }
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!answer.startsWith("{")) {
            throw new IOException(python + " " + script + " " + peer + " did not answer");
        }
        return (ObjectNode) JsonMapper.shared().readTree(answer);
    }

    private ObjectNode vocabulary() {
        ObjectNode vocabulary = JsonMapper.shared().createObjectNode();
        ArrayNode tokens = vocabulary.putArray("tokens");
        ArrayNode control = vocabulary.putArray("control");
        for (int token = 0; token < tokenizer.size(); token++) {
            byte[] bytes = tokenizer.bytes(token);
            if (tokenizer.isControl(token)) {
                control.add(token);
                bytes = tokenizer.text(token).getBytes(StandardCharsets.UTF_8);
            }
            tokens.add(Base64.getEncoder().encodeToString(bytes));
        }
        return vocabulary.put("end", tokenizer.eos().orElseThrow());
    }

    private ArrayNode documents(SchemaCase schemaCase) {
        ArrayNode documents = JsonMapper.shared().createArrayNode();
        for (SchemaCase.Document document : schemaCase.documents()) {
            ArrayNode tokens =
                    documents.addObject().put("valid", document.valid()).putArray("tokens");
            for (int token : tokenizer.encode(document.text())) {
                tokens.add(token);
            }
        }
        return documents;
    }
}
