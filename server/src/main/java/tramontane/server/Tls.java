package tramontane.server;

import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Optional;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import tramontane.config.Configuration;

/**
 * TLS for new connections. A renewed certificate is used from the next connection on; open ones
 * keep theirs.
 */
final class Tls {
    private final SslContextFactory.Server context = new SslContextFactory.Server();

    /** Changed by the one thread that reloads. */
    private Certificate certificate;

    /**
     * TLS of a configuration; empty if it has none.
     *
     * @throws Complaint if its files cannot be used
     */
    static Optional<Tls> of(Configuration configuration) throws Complaint {
        Optional<TlsFiles> files = TlsFiles.of(configuration);
        return files.isPresent() ? Optional.of(new Tls(files.get().read())) : Optional.empty();
    }

    private Tls(KeyStore store) {
        certificate = TlsFiles.certificate(store);
        use(context, store);
    }

    SslContextFactory.Server context() {
        return context;
    }

    /** Replaces the certificate and the key; false if the certificate is the one in use. */
    boolean renew(KeyStore store) {
        Certificate next = TlsFiles.certificate(store);
        if (next.equals(certificate)) {
            return false;
        }
        try {
            context.reload(same -> use((SslContextFactory.Server) same, store));
            certificate = next;
            return true;
        } catch (Exception e) {
            // Jetty declares any exception; a store that TlsFiles has checked gives none.
            throw new IllegalStateException("cannot use a certificate that was checked", e);
        }
    }

    private static void use(SslContextFactory.Server context, KeyStore store) {
        context.setKeyStore(store);
        context.setKeyStorePassword(new String(TlsFiles.password()));
        context.setRenegotiationAllowed(false);
    }
}
