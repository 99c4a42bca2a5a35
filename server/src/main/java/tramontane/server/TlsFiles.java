package tramontane.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tramontane.config.Configuration;
import tramontane.config.Settings;

/**
 * The certificate chain and the private key of a TLS server, as paths of PEM files.
 *
 * @param certificate the server's certificate, then those that signed it
 * @param key in PKCS#8, not encrypted
 */
record TlsFiles(String certificate, String key) {
    private static final String ENTRY = "server";
    private static final String PKCS8 = "PRIVATE KEY";

    /** How a key of each algorithm signs, to check that it belongs to a certificate. */
    private static final Map<String, String> SIGNATURES =
            Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA");

    /** Protects nothing: the key store exists in memory only. */
    private static final char[] PASSWORD = {};

    /** The files of a configuration; empty without TLS. */
    static Optional<TlsFiles> of(Configuration configuration) throws Complaint {
        Optional<String> certificate = configuration.get(Settings.TLS_CERTIFICATE);
        Optional<String> key = configuration.get(Settings.TLS_KEY);
        if (certificate.isPresent() != key.isPresent()) {
            throw new Complaint(
                    certificate.isPresent()
                            ? "tls.certificate is set and tls.key is not; TLS needs both"
                            : "tls.key is set and tls.certificate is not; TLS needs both");
        }
        return certificate.map(path -> new TlsFiles(path, key.orElseThrow()));
    }

    /** The paths of a configuration, whether they can be used or not. */
    static List<Path> paths(Configuration configuration) {
        return Stream.of(Settings.TLS_CERTIFICATE, Settings.TLS_KEY)
                .flatMap(setting -> configuration.get(setting).stream())
                .map(Path::of)
                .toList();
    }

    /**
     * Reads and checks the files.
     *
     * @throws Complaint if they cannot be used together
     */
    KeyStore read() throws Complaint {
        PemFile chainFile = PemFile.read("tls.certificate", certificate);
        PemFile keyFile = PemFile.read("tls.key", key);
        List<Certificate> chain = chain(chainFile);
        PublicKey publicKey = chain.getFirst().getPublicKey();
        PrivateKey privateKey = privateKey(keyFile, publicKey.getAlgorithm());
        try {
            if (!belongTogether(privateKey, publicKey)) {
                throw foreign();
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, PASSWORD);
            store.setKeyEntry(ENTRY, privateKey, PASSWORD, chain.toArray(Certificate[]::new));
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw new Complaint(
                    "cannot use the certificates of "
                            + certificate
                            + " with "
                            + key
                            + ": "
                            + e.getMessage()
                            + "; the server's comes first, then the one that signed it, and so on");
        }
    }

    /** The server's own certificate of a store that {@link #read} has made. */
    static Certificate certificate(KeyStore store) {
        try {
            return store.getCertificate(ENTRY);
        } catch (KeyStoreException e) {
            throw new IllegalStateException("a store of ours was loaded", e);
        }
    }

    static char[] password() {
        return PASSWORD.clone();
    }

    private static List<Certificate> chain(PemFile file) throws Complaint {
        List<PemFile.Block> blocks = file.all("CERTIFICATE");
        if (blocks.isEmpty()) {
            throw new Complaint(
                    file.name() + " holds no certificate (-----BEGIN CERTIFICATE-----)");
        }
        List<Certificate> chain = new ArrayList<>();
        try {
            CertificateFactory certificates = CertificateFactory.getInstance("X.509");
            for (PemFile.Block block : blocks) {
                chain.add(
                        certificates.generateCertificate(new ByteArrayInputStream(block.bytes())));
            }
        } catch (CertificateException e) {
            throw new Complaint(
                    "certificate "
                            + (chain.size() + 1)
                            + " of "
                            + file.name()
                            + " is damaged: "
                            + e.getMessage());
        }
        return chain;
    }

    private PrivateKey privateKey(PemFile file, String algorithm) throws Complaint {
        List<PemFile.Block> blocks = file.all(PKCS8);
        if (blocks.isEmpty()) {
            throw new Complaint(
                    file.name()
                            + " holds no key in PKCS#8 without a password (-----BEGIN PRIVATE KEY-----)"
                            + "; convert it: openssl pkcs8 -topk8 -nocrypt -in "
                            + key
                            + " -out NEW");
        }
        try {
            return KeyFactory.getInstance(algorithm)
                    .generatePrivate(new PKCS8EncodedKeySpec(blocks.getFirst().bytes()));
        } catch (GeneralSecurityException e) {
            // Damaged, or of another algorithm than the certificate.
            throw foreign();
        }
    }

    private static boolean belongTogether(PrivateKey key, PublicKey certificate)
            throws GeneralSecurityException {
        String algorithm = SIGNATURES.get(certificate.getAlgorithm());
        if (algorithm == null) {
            throw new GeneralSecurityException(
                    "keys of the algorithm " + certificate.getAlgorithm() + " are not supported");
        }
        byte[] text = "tramontane".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        Signature signer = Signature.getInstance(algorithm);
        signer.initSign(key);
        signer.update(text);
        byte[] signed = signer.sign();
        Signature verifier = Signature.getInstance(algorithm);
        verifier.initVerify(certificate);
        verifier.update(text);
        return verifier.verify(signed);
    }

    private Complaint foreign() {
        return new Complaint(
                "tls.key " + key + " is not the key of the certificate in " + certificate);
    }
}
