package tramontane.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Makes certificates with the JDK's keytool, and writes them as PEM files. */
final class Certificates {
    private static final String PASSWORD = "changeit";

    /**
     * The files of a server on this machine.
     *
     * @param authority signed its certificate
     */
    record Made(Certificate authority, Path chain, Path key) {}

    private Certificates() {}

    /**
     * @param algorithm RSA, EC or Ed25519
     */
    static Made make(Path folder, String name, String algorithm)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path store = folder.resolve(name + ".p12");
        keytool(store, "ca", algorithm, "-ext", "bc:c");
        keytool(
                store,
                "server",
                algorithm,
                "-signer",
                "ca",
                "-ext",
                "SAN=ip:127.0.0.1,dns:localhost");
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        StringBuilder chain = new StringBuilder();
        for (Certificate each : keys.getCertificateChain("server")) {
            chain.append("Some text between certificates.\n")
                    .append(pem("CERTIFICATE", each.getEncoded()));
        }
        byte[] key = keys.getKey("server", PASSWORD.toCharArray()).getEncoded();
        return new Made(
                keys.getCertificate("ca"),
                Files.writeString(folder.resolve(name + ".crt"), chain),
                write(folder.resolve(name + ".key"), "PRIVATE KEY", key));
    }

    private static void keytool(Path store, String alias, String algorithm, String... more)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                // It lives for a second: the second compiler costs more than it
                                // gains.
                                "-J-XX:TieredStopAtLevel=1",
                                "-J-XX:+UseSerialGC",
                                "-genkeypair",
                                "-alias",
                                alias,
                                "-keyalg",
                                algorithm,
                                "-dname",
                                "CN=" + alias,
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                store.toString(),
                                "-storepass",
                                PASSWORD));
        if (algorithm.equals("RSA")) {
            // The default of 3072 bits takes seconds.
            command.addAll(List.of("-keysize", "2048"));
        }
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("keytool failed: " + said);
        }
    }

    static Path write(Path file, String label, byte[] bytes) throws IOException {
        return Files.writeString(file, pem(label, bytes));
    }

    private static String pem(String label, byte[] bytes) {
        return "-----BEGIN "
                + label
                + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
                + "\n-----END "
                + label
                + "-----\n";
    }
}
