package tramontane.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A package may use only those before it, and some parts of the JDK belong to one package. */
class ArchitectureTest {
    private static final List<String> ENGINE =
            List.of(
                    "tensor",
                    "kernel",
                    "kernel.scalar",
                    "kernel.vector",
                    "kernel.x86",
                    "kernel.choice",
                    "gguf",
                    "packed",
                    "token",
                    "chat",
                    "grammar.automaton",
                    "grammar.pattern",
                    "grammar.number",
                    "grammar.format",
                    "grammar.schema",
                    "grammar.lexer",
                    "grammar.plan",
                    "grammar",
                    "grammar.parser",
                    "sampling",
                    "cache",
                    "model",
                    "vision",
                    "draft",
                    "engine",
                    "embedding");
    private static final List<String> CORE =
            List.of("api", "image", "catalog", "backend", "pool", "upstream", "completion");
    private static final List<String> SERVER =
            List.of(
                    "config",
                    "store",
                    "access",
                    "limit",
                    "ledger",
                    "usage",
                    "telemetry",
                    "endpoint",
                    "server");
    private static final List<String> ORDER =
            Stream.of(ENGINE, CORE, SERVER).flatMap(List::stream).toList();

    /** What only some packages may touch: a prefix of "owner/Class" or "owner/Class.method". */
    private record Reserved(Set<String> owners, String instead, List<String> prefixes) {}

    private static final List<Reserved> RESERVED =
            List.of(
                    new Reserved(
                            Set.of("kernel.vector"),
                            "put the operation into kernel.vector, and its definition into kernel.scalar",
                            List.of("jdk/incubator/vector/")),
                    new Reserved(
                            Set.of("kernel"),
                            "call native code through kernel.Downcalls",
                            List.of("java/lang/foreign/Linker")),
                    new Reserved(
                            Set.of(),
                            "read it: access to a mapping behind the end of a truncated file kills the process",
                            List.of("java/nio/channels/FileChannel.map")),
                    new Reserved(
                            Set.of("catalog", "upstream"),
                            "calls to other machines belong to catalog and upstream",
                            List.of("java/net/http/", "org/apache/hc/")),
                    new Reserved(
                            Set.of("image"),
                            "images are fetched and decoded in package image",
                            List.of(
                                    "java/net/Socket.",
                                    "javax/net/ssl/SSLSocket",
                                    "java/awt/",
                                    "javax/imageio/",
                                    "com/twelvemonkeys/")),
                    new Reserved(
                            Set.of("catalog"),
                            "only fetching a model may start another program",
                            List.of("java/lang/ProcessBuilder", "java/lang/Runtime.exec")),
                    new Reserved(
                            Set.of("server"),
                            "take the time, the setting or the random number as a parameter",
                            List.of(
                                    "java/lang/System.currentTimeMillis",
                                    "java/lang/System.getenv",
                                    "java/time/Instant.now",
                                    "java/time/LocalDate.now",
                                    "java/time/LocalDateTime.now",
                                    "java/time/ZonedDateTime.now",
                                    "java/time/OffsetDateTime.now",
                                    "java/time/Clock.system",
                                    "java/lang/Math.random",
                                    "java/security/SecureRandom.",
                                    "java/util/concurrent/ThreadLocalRandom.",
                                    "java/util/UUID.randomUUID",
                                    "java/util/Random.<init>()",
                                    "java/util/Date.<init>()",
                                    "java/lang/System.exit")),
                    new Reserved(
                            Set.of(),
                            "there is a safe way",
                            List.of(
                                    "sun/misc/Unsafe",
                                    "java/io/ObjectInputStream",
                                    "com/sun/net/httpserver/",
                                    "java/lang/Thread.stop")));

    @Test
    void aPackageUsesOnlyThoseBeforeIt() {
        assertThat(faults(Fault.ORDER))
                .as("move the code down, or hand the value in from above; the order is %s", ORDER)
                .isEmpty();
    }

    @Test
    void reservedPartsOfTheJdkStayWhereTheyBelong() {
        assertThat(faults(Fault.RESERVED)).isEmpty();
    }

    @Test
    void theEngineNeedsNothingButTheJdk() {
        assertThat(faults(Fault.LIBRARY))
                .as("the engine has no libraries; libraries start in core")
                .isEmpty();
    }

    /** The checks themselves: classes made on the spot, each with one wrong call. */
    @Test
    void wrongReferencesAreFound() {
        assertThat(check("gguf", "tramontane/model/Transformer", "run"))
                .containsExactly(Fault.ORDER);
        assertThat(check("model", "tramontane/gguf/GgufFile", "open")).isEmpty();
        assertThat(check("grammar.lexer", "tramontane/grammar/plan/ValuePlan", "of"))
                .containsExactly(Fault.ORDER);
        assertThat(check("grammar.plan", "tramontane/grammar/lexer/Lexers", "of")).isEmpty();
        assertThat(check("attic", "java/lang/Object", "hashCode")).containsExactly(Fault.ORDER);
        assertThat(check("engine", "tramontane/api/ApiException", "of"))
                .containsExactly(Fault.ORDER);
        assertThat(check("model", "jdk/incubator/vector/FloatVector", "zero"))
                .containsExactly(Fault.RESERVED);
        assertThat(check("kernel.vector", "jdk/incubator/vector/FloatVector", "zero")).isEmpty();
        assertThat(check("kernel.x86", "jdk/incubator/vector/FloatVector", "zero"))
                .containsExactly(Fault.RESERVED);
        assertThat(check("kernel", "tramontane/kernel/scalar/ScalarKernels", "name"))
                .containsExactly(Fault.ORDER);
        assertThat(check("kernel.vector", "tramontane/kernel/scalar/ScalarKernels", "name"))
                .isEmpty();
        assertThat(check("kernel.vector", "tramontane/kernel/x86/Assembler", "code"))
                .containsExactly(Fault.ORDER);
        assertThat(check("engine", "java/lang/System", "currentTimeMillis"))
                .containsExactly(Fault.RESERVED);
        assertThat(check("endpoint", "java/net/http/HttpClient", "newHttpClient"))
                .containsExactly(Fault.RESERVED);
        assertThat(
                        check(
                                "backend",
                                "org/apache/hc/client5/http/impl/classic/HttpClients",
                                "custom"))
                .containsExactly(Fault.RESERVED);
        assertThat(check("token", "org/slf4j/Logger", "info")).containsExactly(Fault.LIBRARY);
        assertThat(check("api", "org/slf4j/Logger", "info")).isEmpty();
    }

    private enum Fault {
        ORDER,
        RESERVED,
        LIBRARY
    }

    private record Found(Fault fault, String what) {}

    private static List<String> faults(Fault wanted) {
        return Stream.of("engine", "core", "server")
                .flatMap(module -> Repository.classes(module).stream())
                .map(file -> ClassFile.of().parse(Repository.bytes(file)))
                .flatMap(model -> check(model).stream())
                .filter(found -> found.fault == wanted)
                .map(Found::what)
                .toList();
    }

    private static List<Found> check(ClassModel model) {
        String name = model.thisClass().asInternalName();
        String home = packageOf(name);
        List<Found> found = new ArrayList<>();
        for (String reference : references(model)) {
            if (reference.startsWith("tramontane/") && !mayUse(home, packageOf(reference))) {
                found.add(new Found(Fault.ORDER, name + " uses " + reference));
            }
            for (Reserved reserved : RESERVED) {
                if (!reserved.owners.contains(home)
                        && reserved.prefixes.stream().anyMatch(reference::startsWith)) {
                    String hint = name + " uses " + reference + ": " + reserved.instead;
                    found.add(new Found(Fault.RESERVED, hint));
                }
            }
            if (ENGINE.contains(home)
                    && !reference.matches("(java|jdk|tramontane|org/jspecify)/.*")) {
                found.add(new Found(Fault.LIBRARY, name + " uses " + reference));
            }
        }
        return found;
    }

    private static boolean mayUse(String user, String used) {
        return ORDER.contains(user)
                && ORDER.contains(used)
                && ORDER.indexOf(used) <= ORDER.indexOf(user);
    }

    /**
     * The package of a class without {@code tramontane}. Sub-packages that the order does not list
     * belong to the package above them.
     */
    private static String packageOf(String internalName) {
        String inside = internalName.substring("tramontane/".length());
        String name = inside.substring(0, Math.max(0, inside.lastIndexOf('/'))).replace('/', '.');
        while (!ORDER.contains(name) && name.contains(".")) {
            name = name.substring(0, name.lastIndexOf('.'));
        }
        return name;
    }

    private static final Pattern TYPE_IN_DESCRIPTOR =
            Pattern.compile("L([a-zA-Z_$][\\w$]*(?:/[\\w$]+)+)[;<]");

    /**
     * Every class and member the class names anywhere: in code, signatures, annotations and
     * descriptors.
     */
    private static Set<String> references(ClassModel model) {
        Set<String> names = new TreeSet<>();
        names.add(model.thisClass().asInternalName());
        for (PoolEntry entry : model.constantPool()) {
            switch (entry) {
                case ClassEntry type when !type.asInternalName().startsWith("[") ->
                        names.add(type.asInternalName());
                case MemberRefEntry member ->
                        names.add(
                                member.owner().asInternalName()
                                        + "."
                                        + member.name().stringValue()
                                        + member.type().stringValue());
                case Utf8Entry text ->
                        TYPE_IN_DESCRIPTOR
                                .matcher(text.stringValue())
                                .results()
                                .forEach(result -> names.add(result.group(1)));
                default -> {}
            }
        }
        names.removeIf(name -> name.startsWith("["));
        return names;
    }

    private static Set<Fault> check(String home, String owner, String method) {
        ClassDesc self = ClassDesc.ofInternalName("tramontane/" + home.replace('.', '/') + "/Made");
        byte[] bytes =
                ClassFile.of()
                        .build(
                                self,
                                made ->
                                        made.withMethodBody(
                                                "run",
                                                MethodTypeDesc.of(ConstantDescs.CD_void),
                                                ClassFile.ACC_STATIC,
                                                code ->
                                                        code.invokestatic(
                                                                        ClassDesc.ofInternalName(
                                                                                owner),
                                                                        method,
                                                                        MethodTypeDesc.of(
                                                                                ConstantDescs
                                                                                        .CD_void))
                                                                .return_()));
        Set<Fault> faults = new TreeSet<>();
        check(ClassFile.of().parse(bytes)).forEach(found -> faults.add(found.fault));
        return faults;
    }
}
