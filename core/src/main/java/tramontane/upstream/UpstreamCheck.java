package tramontane.upstream;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.SocketTimeoutException;
import java.security.cert.CertificateException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import tools.jackson.databind.JsonNode;
import tramontane.api.ModelCard;

/**
 * Checks one address again and again: whether it answers, and once after each trouble what it says
 * of the model. For one thread.
 */
final class UpstreamCheck {
    /** Why an address is down that refuses this server's key. */
    static final String KEY_REFUSED = "it does not accept this server's key (see upstream-key)";

    private static final Logger LOG = System.getLogger(UpstreamCheck.class.getName());
    private static final int MAX_CAUSES = 10;

    private final UpstreamModel model;
    private final UpstreamClient client;
    private final Address address;
    private final Consumer<ModelCard> cards;

    /**
     * @param cards takes the card of the model
     */
    UpstreamCheck(
            UpstreamModel model,
            UpstreamClient client,
            Address address,
            Consumer<ModelCard> cards) {
        this.model = model;
        this.client = client;
        this.address = address;
        this.cards = cards;
    }

    /** Checks until the thread is interrupted. */
    void run(CountDownLatch first) {
        try {
            while (true) {
                Optional<String> trouble = safely();
                address.checked(trouble);
                first.countDown();
                Thread.sleep(model.times().check());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What nobody foresaw is a trouble of this address, and does not end the server. */
    private Optional<String> safely() throws InterruptedException {
        try {
            return trouble();
        } catch (RuntimeException e) {
            LOG.log(Level.DEBUG, "A check of " + address.name(), e);
            return Optional.of("its check failed with " + e.getClass().getSimpleName());
        }
    }

    private Optional<String> trouble() throws InterruptedException {
        try {
            String path = model.kind().healthPath();
            UpstreamClient.Reply health = client.get(address, path);
            if (health.status() != 200) {
                return Optional.of("its " + path + " has status " + health.status());
            }
            if (address.isUp()) {
                return Optional.empty();
            }
            UpstreamClient.Reply models = client.get(address, "/v1/models");
            if (models.status() == 401) {
                return Optional.of(KEY_REFUSED);
            }
            if (models.status() != 200) {
                return Optional.of("its /v1/models has status " + models.status());
            }
            CardReader.Found found = CardReader.find(model, models.json(), this::properties);
            switch (found) {
                case CardReader.Found.Card(ModelCard card) -> {
                    cards.accept(card);
                    return Optional.empty();
                }
                case CardReader.Found.Nothing(String why) -> {
                    return Optional.of(why);
                }
            }
        } catch (SocketTimeoutException e) {
            return Optional.of("it does not answer in time");
        } catch (SSLException e) {
            return Optional.of(
                    isDistrust(e)
                            ? "its TLS certificate is not trusted"
                            : "no TLS connection can be made");
        } catch (IOException e) {
            return Optional.of("it cannot be reached");
        }
    }

    private static boolean isDistrust(SSLException e) {
        return Stream.<Throwable>iterate(e, Objects::nonNull, Throwable::getCause)
                .limit(MAX_CAUSES)
                .anyMatch(CertificateException.class::isInstance);
    }

    /** What a llama-server says of itself. */
    private JsonNode properties() throws IOException, InterruptedException {
        return client.get(address, "/props").json();
    }
}
