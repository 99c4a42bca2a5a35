package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that fit give a key store, and every wrong one a sentence. */
class TlsFilesTest {
    @TempDir Path folder;

    private static String complaint(Path certificate, Path key) {
        Complaint complaint =
                catchThrowableOfType(
                        Complaint.class,
                        () -> new TlsFiles(certificate.toString(), key.toString()).read());
        assertThat(complaint).isNotNull();
        return String.valueOf(complaint.getMessage());
    }

    @Test
    void keysOfEachKindAreRead()
            throws IOException, InterruptedException, GeneralSecurityException, Complaint {
        for (String algorithm : new String[] {"RSA", "EC", "Ed25519"}) {
            Certificates.Made made = Certificates.make(folder, algorithm, algorithm);
            KeyStore store = new TlsFiles(made.chain().toString(), made.key().toString()).read();
            assertThat(store.getCertificateChain("server")).hasSize(2);
        }
    }

    @Test
    void aWrongFileIsNamedWithItsFault()
            throws IOException, InterruptedException, GeneralSecurityException {
        Certificates.Made one = Certificates.make(folder, "one", "EC");
        Certificates.Made two = Certificates.make(folder, "two", "EC");
        Certificates.Made rsa = Certificates.make(folder, "rsa", "RSA");
        Path absent = folder.resolve("absent.pem");
        assertThat(complaint(absent, one.key()))
                .isEqualTo("tls.certificate " + absent + ": there is no such file");
        assertThat(complaint(one.chain(), absent))
                .isEqualTo("tls.key " + absent + ": there is no such file");
        assertThat(complaint(one.key(), one.key())).contains("holds no certificate");
        assertThat(complaint(one.chain(), one.chain()))
                .contains("tls.key")
                .contains("no key in PKCS#8");
        for (Certificates.Made other : new Certificates.Made[] {two, rsa}) {
            assertThat(complaint(one.chain(), other.key()))
                    .contains("is not the key of the certificate in " + one.chain());
        }
        Path text = Files.writeString(folder.resolve("text"), "not PEM");
        assertThat(complaint(text, one.key())).contains("is no PEM file");
        Path old = Certificates.write(folder.resolve("old"), "RSA PRIVATE KEY", new byte[] {1});
        assertThat(complaint(one.chain(), old))
                .contains("openssl pkcs8 -topk8 -nocrypt -in " + old);
        Path damaged =
                Certificates.write(folder.resolve("damaged"), "CERTIFICATE", new byte[] {1, 2});
        assertThat(complaint(damaged, one.key())).contains("certificate 1 of").contains("damaged");
    }
}
