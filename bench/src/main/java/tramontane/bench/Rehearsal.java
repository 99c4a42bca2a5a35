package tramontane.bench;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tramontane.chat.TemplateSource;
import tramontane.engine.LoadedModel;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.packed.PackedPlace;
import tramontane.server.Main;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/**
 * Serves a tiny random model and sends it typical requests, so that the JVM loads the classes that
 * a server needs and stores them for the next start: the launcher runs this with {@code
 * -XX:AOTCacheOutput}.
 */
public final class Rehearsal {
    private static final String QUESTION =
            """
            {"model": "mistral-small-latest", "messages": [{"role": "user", "content": "Hello"}],
             "max_tokens": 8, "random_seed": 1, "stop": ["never"], "stream": %s}
            """;

    private static final String RECORD =
            """
            {"model": "mistral-small-latest", "messages": [{"role": "user", "content": "Hello"}],
             "max_tokens": 64, "random_seed": 1, "response_format": {"type": "json_schema", "json_schema":
             {"name": "greeting", "schema": {"type": "object", "properties": {"text": {"type": "string"}},
              "required": ["text"], "additionalProperties": false}}}}
            """;

    /** Has most of what templates of published models have. */
    private static final String TEMPLATE =
            """
            {%- macro line(role, text) -%}<|im_start|>{{ role }}\n{{ text }}<|im_end|>\n{%- endmacro -%}
            {%- set found = namespace(system=false, last=-1) -%}
            {%- if tools is defined and tools -%}
            {{- '<|im_start|>system\n# Tools\n' -}}
            {%- for tool in tools %}{{ tool | tojson }}{{ "\n" }}{% endfor -%}
            {{- '<|im_end|>\n' -}}
            {%- elif messages[0]['role'] == 'system' -%}
            {%- set found.system = true -%}{{- line('system', messages[0].content | trim) -}}
            {%- endif -%}
            {%- for message in messages[1:] if found.system and loop is defined or not found.system -%}
            {%- set found.last = loop.index0 -%}
            {%- if message.role != "tool" and not message.tool_calls and message.content is string -%}
            {{- line(message.role, message.content.strip() if loop.first or loop.last else message.content) -}}
            {%- elif message.tool_calls -%}
            {%- for call in message.tool_calls -%}
            {{- {"name": call.function.name, "arguments": call.function.arguments} | tojson -}}
            {%- endfor -%}
            {%- elif message.content is not none -%}
            {%- for part in message['content'] if part.type in ['text'] -%}{{- part.text ~ '' -}}{%- endfor -%}
            {%- else -%}{{- raise_exception('no content') -}}{%- endif -%}
            {%- endfor -%}
            {%- if add_generation_prompt and found.last + 1 <= messages | length -%}<|im_start|>assistant\n{%- endif -%}
            """;

    private static final long PACKING_BYTES = 1L << 28;

    private Rehearsal() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path model = Files.createTempFile("rehearsal", ".gguf");
        Path template = Files.createTempFile("rehearsal", ".jinja");
        Path packed = Path.of(model + ".packed");
        for (Path file : List.of(model, template, packed)) {
            file.toFile().deleteOnExit();
        }
        TinyModel.of(Architecture.QWEN2).write(model);
        Files.writeString(template, TEMPLATE);
        pack(model);
        int port = freePort();
        Thread.ofPlatform()
                .start(() ->
                        Main.main(
                                new String[] {
                                    "serve",
                                    "--model",
                                    model.toString(),
                                    "--chat-template",
                                    template.toString(),
                                    "--packed-cache",
                                    "on",
                                    "--port",
                                    "" + port
                                }));
        String url = "http://127.0.0.1:" + port;
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (!answers(client, url)) {
                Thread.sleep(20);
            }
            for (String stream : new String[] {"false", "true", "maybe"}) {
                post(client, url, QUESTION.formatted(stream));
            }
            post(client, url, RECORD);
            client.send(
                    HttpRequest.newBuilder(URI.create(url + "/v1/models")).build(),
                    BodyHandlers.discarding());
        }
        System.exit(0);
    }

    /** Leaves packed weights for the load that follows. */
    private static void pack(Path model) throws InterruptedException {
        LoadedModel.Options options =
                new LoadedModel.Options(
                        ScalarKernels::new,
                        1,
                        0,
                        1,
                        PACKING_BYTES,
                        new TemplateSource.OfModel(),
                        new LoadedModel.Beside(new PackedPlace.BesideModel()));
        try (LoadedModel loaded = LoadedModel.load(model, options)) {
            loaded.awaitPacked().ifPresent(System.out::println);
        }
    }

    private static void post(HttpClient client, String url, String body)
            throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(url + "/v1/chat/completions"))
                        .POST(BodyPublishers.ofString(body))
                        .build();
        System.out.println(client.send(request, BodyHandlers.ofString()).body());
    }

    private static boolean answers(HttpClient client, String url) throws InterruptedException {
        try {
            client.send(
                    HttpRequest.newBuilder(URI.create(url + "/health")).build(),
                    BodyHandlers.discarding());
            return true;
        } catch (IOException _) {
            return false; // Not listening yet; if it never does, Main ends this process.
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
