package tramontane.image;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Fetches pictures over {@code https} from hosts that the operator names.
 *
 * <p>A name is resolved once, all of its addresses must be public, and the connection goes to the
 * address that was checked, while TLS verifies the name. So a name that changes its address between
 * the check and the connection gains nothing. Each redirect passes the same checks. That is why
 * this is not the JDK's HTTP client, which resolves names by itself.
 */
public final class ImageFetcher {
    private static final int MAX_REDIRECTS = 3;
    private static final int MAX_URL_CHARS = 2048;

    /** Resolves a host's name. */
    @FunctionalInterface
    interface Resolver {
        List<InetAddress> resolve(String host) throws UnknownHostException;
    }

    private final ImageHosts hosts;
    private final Resolver resolver;
    private final Predicate<InetAddress> allowed;
    private final Supplier<SSLSocketFactory> tls;
    private final Duration limit;

    /**
     * @param limit for one picture, from its name to its last byte
     */
    public ImageFetcher(ImageHosts hosts, Duration limit) {
        this(
                hosts,
                host -> Arrays.asList(InetAddress.getAllByName(host)),
                PublicAddresses::contain,
                () -> (SSLSocketFactory) SSLSocketFactory.getDefault(),
                limit);
    }

    ImageFetcher(
            ImageHosts hosts,
            Resolver resolver,
            Predicate<InetAddress> allowed,
            Supplier<SSLSocketFactory> tls,
            Duration limit) {
        this.hosts = hosts;
        this.resolver = resolver;
        this.allowed = allowed;
        this.tls = tls;
        this.limit = limit;
    }

    /**
     * @throws ImageException if the address is none, or of a host that is not allowed
     */
    void check(String url) throws ImageException {
        hosts.check(parse(url));
    }

    /**
     * Fetches a picture on a virtual thread, because interrupting that ends what it waits for: no
     * other limit holds for a host that sends one byte of a TLS record after the other.
     */
    byte[] fetch(String url, int maxBytes) throws ImageException, InterruptedException {
        check(url);
        long deadline = System.nanoTime() + limit.toNanos();
        FutureTask<byte[]> task = new FutureTask<>(() -> fetch(parse(url), maxBytes, deadline));
        Thread.ofVirtual().name("image-fetch").start(task);
        try {
            return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw late();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ImageException refused) {
                throw refused;
            }
            throw new IllegalStateException("An image was not fetched.", e);
        } finally {
            task.cancel(true);
        }
    }

    private byte[] fetch(URI first, int maxBytes, long deadline) throws ImageException {
        URI address = first;
        for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
            hosts.check(address);
            HttpReply reply = get(address, deadline, maxBytes);
            Optional<String> location = reply.location();
            if (location.isEmpty()) {
                return reply.content();
            }
            address = parse(resolved(address, location.get()));
        }
        throw new ImageException(
                "The image's address redirects more than " + MAX_REDIRECTS + " times");
    }

    private ImageException late() {
        return new ImageException(
                "The image did not arrive within " + limit.toSeconds() + " seconds");
    }

    private static String resolved(URI base, String location) throws ImageException {
        try {
            return base.resolve(new URI(location)).toString();
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new ImageException(
                    "The image's address redirects to an address that is not valid");
        }
    }

    private static URI parse(String url) throws ImageException {
        URI address;
        try {
            address = url.length() > MAX_URL_CHARS ? URI.create("") : new URI(url);
        } catch (URISyntaxException e) {
            address = URI.create("");
        }
        if (!"https".equalsIgnoreCase(address.getScheme())
                || address.getHost() == null
                || address.getRawUserInfo() != null) {
            throw new ImageException(
                    "An image's address must be a data URL, or https with a host, without a user, and of"
                            + " at most "
                            + MAX_URL_CHARS
                            + " characters");
        }
        return address;
    }

    private HttpReply get(URI address, long deadline, int maxBytes) throws ImageException {
        InetAddress target = target(address.getHost());
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(target, ImageHosts.port(address)), left(deadline));
            plain.setSoTimeout(left(deadline));
            try (SSLSocket socket = secured(plain, address)) {
                return HttpReply.get(socket, address, deadline, maxBytes);
            }
        } catch (SocketTimeoutException e) {
            throw late();
        } catch (SSLException e) {
            throw new ImageException("The image's host has no valid certificate for its name");
        } catch (IOException e) {
            throw new ImageException("The image could not be fetched: the connection failed");
        }
    }

    private SSLSocket secured(Socket plain, URI address) throws IOException {
        SSLSocket socket =
                (SSLSocket)
                        tls.get()
                                .createSocket(
                                        plain, address.getHost(), ImageHosts.port(address), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        return socket;
    }

    /** One refused address of a name refuses the name. */
    private InetAddress target(String host) throws ImageException {
        List<InetAddress> addresses;
        try {
            addresses = resolver.resolve(host);
        } catch (UnknownHostException e) {
            throw new ImageException("The image's host is not known");
        }
        if (!addresses.stream().allMatch(allowed)) {
            throw new ImageException(
                    "The image's host has an address that is not of the public internet");
        }
        return addresses.getFirst();
    }

    /** Milliseconds left, at least one: 0 would mean no limit. */
    static int left(long deadline) throws SocketTimeoutException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis < 1) {
            throw new SocketTimeoutException();
        }
        return (int) millis;
    }
}
