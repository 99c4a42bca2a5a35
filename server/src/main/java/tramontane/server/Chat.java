package tramontane.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tramontane.api.AnswerForm;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.Caller;
import tramontane.backend.Completion;
import tramontane.backend.CompletionEvent;
import tramontane.backend.ModelBackend;
import tramontane.chat.Message;
import tramontane.chat.Role;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;

/** {@code chat}: a conversation in the terminal, without a server. */
@Command(
        name = "chat",
        description =
                "Talk to a model in this terminal. An empty line is skipped; /new forgets, /bye or Ctrl-D ends.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        modelTransformer = SettingOptions.OfModel.class,
        footer = {
            "",
            "Examples:",
            "  ./tramontane chat",
            "  ./tramontane chat --model smollm2-135m --system 'Answer in French.'",
            "  echo 'Write a haiku about the wind.' | ./tramontane chat",
        })
final class Chat implements Callable<Integer> {
    private static final Duration LOOK = Duration.ofSeconds(1);

    @Option(
            names = "--system",
            paramLabel = "TEXT",
            description = "What the model is told before the conversation.")
    private Optional<String> system = Optional.empty();

    @Option(
            names = "--temperature",
            paramLabel = "T",
            converter = OptionRange.Temperature.class,
            description =
                    "0 always takes the likeliest word, up to 1.5 (default: the model's own).")
    private Optional<Double> temperature = Optional.empty();

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            converter = OptionRange.MaxTokens.class,
            description = "Longest answer (default: what the context holds).")
    private Optional<Integer> maxTokens = Optional.empty();

    @Option(
            names = "--seed",
            paramLabel = "N",
            converter = OptionRange.Seed.class,
            description = "The same seed gives the same answers.")
    private Optional<Long> seed = Optional.empty();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() throws Complaint, IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        ModelOptions model = ModelOptions.of(SettingOptions.read(spec, System.getenv()));
        ModelStore store = ModelStore.of(UserFiles.ofThisUser(), System.getenv());
        boolean terminal = Terminal.isThere();
        // If the output is piped, only answers go to standard output.
        PrintWriter notes = terminal ? out : spec.commandLine().getErr();
        try (ModelBackend backend = model.load(ThisMachine.measure(), store, notes)) {
            ModelCard card = backend.models().getFirst();
            if (!card.abilities().chats()) {
                throw new Complaint(
                        card.id()
                                + (card.abilities().embeds()
                                        ? " computes embeddings, so it cannot chat"
                                        : " has no chat template, so it cannot chat"));
            }
            if (terminal) {
                out.println("Ready. /new forgets the conversation, /bye ends it.");
            }
            converse(backend, out, terminal);
        }
        return 0;
    }

    private void converse(Backend backend, PrintWriter out, boolean terminal)
            throws Complaint, IOException, InterruptedException {
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        List<Message> messages = beginning();
        while (true) {
            if (terminal) {
                out.print("\n> ");
                out.flush();
            }
            Optional<String> line = Optional.ofNullable(in.readLine()).map(String::strip);
            if (line.isEmpty() || line.get().equals("/bye")) {
                return;
            }
            if (line.get().equals("/new")) {
                messages = beginning();
            } else if (!line.get().isEmpty()) {
                turn(backend, messages, line.get(), out, terminal);
            }
            if (backend.failure().isPresent()) {
                throw new Complaint(backend.failure().get() + "; start it again");
            }
        }
    }

    private List<Message> beginning() {
        List<Message> messages = new ArrayList<>();
        system.ifPresent(text -> messages.add(Message.text(Role.SYSTEM, text)));
        return messages;
    }

    /** One question and its answer; both are removed from the conversation if the answer fails. */
    private void turn(
            Backend backend,
            List<Message> messages,
            String question,
            PrintWriter out,
            boolean terminal)
            throws InterruptedException, Complaint {
        int before = messages.size();
        messages.add(Message.text(Role.USER, question));
        try {
            String answer = answer(backend, messages, out);
            out.println();
            if (answer.isEmpty()) {
                messages.subList(before, messages.size()).clear();
            } else {
                messages.add(Message.text(Role.ASSISTANT, answer));
            }
        } catch (ApiException e) {
            messages.subList(before, messages.size()).clear();
            if (!terminal) {
                // A script learns of it by the exit status.
                throw new Complaint(String.valueOf(e.getMessage()));
            }
            out.println();
            out.println("tramontane: " + e.getMessage());
        }
        out.flush();
    }

    private String answer(Backend backend, List<Message> messages, PrintWriter out)
            throws ApiException, InterruptedException {
        ModelCard card = backend.models().getFirst();
        ChatCompletionRequest request =
                new ChatCompletionRequest(
                        card.id(),
                        List.copyOf(messages),
                        new ChatCompletionRequest.Sampling(
                                temperature, 1, 0, seed, SamplingParams.Penalties.NONE),
                        new ChatCompletionRequest.Length(maxTokens, 0, List.of(), 1),
                        new ChatCompletionRequest.Output(
                                true, WantedLogprobs.NONE, AnswerForm.MISTRAL),
                        ChatCompletionRequest.Prompting.PLAIN,
                        ChatCompletionRequest.Hints.NONE);
        var sampling =
                request.sampling()
                        .resolve(card.defaultTemperature(), new SecureRandom().nextLong());
        StringBuilder answer = new StringBuilder();
        try (Completion completion = backend.start(card, request, sampling, Caller.LOCAL)) {
            while (true) {
                Optional<CompletionEvent> event = completion.poll(LOOK);
                if (event.isEmpty()) {
                    continue;
                }
                switch (event.get()) {
                    case CompletionEvent.Text(int choice, String text) -> {
                        answer.append(text);
                        out.print(text);
                        out.flush();
                    }
                    case CompletionEvent.PromptScored scored -> {}
                    case CompletionEvent.Scored scored -> {}
                    case CompletionEvent.Embedded embedded -> {}
                    case CompletionEvent.Thinking(int choice, String thought) -> {
                        out.print(thought);
                        out.flush();
                    }
                    case CompletionEvent.Finished finished -> {}
                    case CompletionEvent.Failed(ApiException cause) -> throw cause;
                    case CompletionEvent.Done done -> {
                        return answer.toString();
                    }
                }
            }
        }
    }
}
