import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/** The page's question from plain Java, printed as it is written: java examples/Chat.java */
final class Chat {
    private Chat() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        String url = System.getenv().getOrDefault("TRAMONTANE_URL", "http://127.0.0.1:8000");
        String key = System.getenv().getOrDefault("TRAMONTANE_KEY", "none");
        String body =
                """
                {
                  "model": "mistral-small-latest",
                  "messages": [
                    {
                      "role": "user",
                      "content": "Who is the best French painter? Answer in one short sentence."
                    }
                  ],
                  "stream": true
                }
                """;
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(url + "/v1/chat/completions"))
                        .header("Authorization", "Bearer " + key)
                        .POST(BodyPublishers.ofString(body))
                        .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            client.send(request, BodyHandlers.ofLines()).body().forEach(System.out::println);
        }
    }
}
