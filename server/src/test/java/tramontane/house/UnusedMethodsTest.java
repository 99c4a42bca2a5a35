package tramontane.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A public method is a promise to callers; one without callers is a promise to nobody. */
class UnusedMethodsTest {
    /**
     * Methods without callers in this repository, each with its reason. A ratchet: it should only
     * shrink.
     */
    private static final Map<String, String> KEPT =
            Map.of(
                    "tramontane.cache.BlockPool.checkIntegrity",
                    "simulations of the packages above call it after every step",
                    "tramontane.grammar.parser.GrammarCompiler.reading",
                    "bench, which is built after this test, reads documents that others wrote");

    @Test
    void everyPublicMethodHasACaller() {
        List<ClassModel> classes =
                Stream.of("engine", "core", "server", "bench")
                        .flatMap(module -> Repository.classes(module).stream())
                        .map(file -> ClassFile.of().parse(Repository.bytes(file)))
                        .toList();
        assertThat(unused(classes).filter(name -> !KEPT.containsKey(name)))
                .as("call it, make it package-private for its tests, or delete it")
                .isEmpty();
    }

    @Test
    void aMethodWithoutCallersIsFound() {
        ClassModel model = ClassFile.of().parse(bytesOf(Sample.class));
        assertThat(unused(List.of(model)))
                .containsExactly("tramontane.house.UnusedMethodsTest$Sample.unused");
    }

    /**
     * Calls one of its methods, overrides one of the JDK's, has a component, and one method too
     * many.
     */
    public record Sample(int component) implements Runnable {
        @Override
        public void run() {
            used();
        }

        public void used() {}

        public void unused() {}
    }

    private static Stream<String> unused(List<ClassModel> classes) {
        Set<String> called = new HashSet<>();
        for (ClassModel model : classes) {
            model.constantPool()
                    .forEach(entry -> {
                        if (entry instanceof MemberRefEntry member
                                && member.type().stringValue().startsWith("(")) {
                            called.add(
                                    signature(
                                            member.name().stringValue(),
                                            member.type().stringValue()));
                        }
                    });
        }
        return classes.stream()
                .flatMap(model ->
                        model.methods().stream()
                                .filter(method -> isPromise(model, method))
                                .filter(method ->
                                        !called.contains(
                                                signature(
                                                        method.methodName().stringValue(),
                                                        method.methodType().stringValue())))
                                .map(method ->
                                        name(model) + "." + method.methodName().stringValue()));
    }

    /** Name and number of parameters: a call through a generic super type names other types. */
    private static String signature(String name, String descriptor) {
        return name + "/" + MethodTypeDesc.ofDescriptor(descriptor).parameterCount();
    }

    private static boolean isPromise(ClassModel model, MethodModel method) {
        String name = method.methodName().stringValue();
        return method.flags().has(AccessFlag.PUBLIC)
                && !method.flags().has(AccessFlag.SYNTHETIC)
                && !name.startsWith("<")
                && !name.equals("main")
                && !isComponent(model, name)
                && !isOfEnum(model, name)
                && !isInherited(model, method);
    }

    private static boolean isComponent(ClassModel model, String name) {
        return model.findAttribute(Attributes.record()).stream()
                .flatMap(record -> record.components().stream())
                .anyMatch(component -> component.name().equalsString(name));
    }

    private static boolean isOfEnum(ClassModel model, String name) {
        return model.flags().has(AccessFlag.ENUM)
                && (name.equals("values") || name.equals("valueOf"));
    }

    /** Whether a type that is not ours declares it, so that its callers may be elsewhere. */
    private static boolean isInherited(ClassModel model, MethodModel method) {
        try {
            return superTypes(
                            Class.forName(
                                    name(model), false, UnusedMethodsTest.class.getClassLoader()))
                    .filter(type -> !type.getName().startsWith("tramontane."))
                    .flatMap(type -> Stream.of(type.getDeclaredMethods()))
                    .anyMatch(other ->
                            other.getName().equals(method.methodName().stringValue())
                                    && other.getParameterCount()
                                            == method.methodTypeSymbol().parameterCount());
        } catch (ClassNotFoundException | NoClassDefFoundError _) {
            return true; // Of a module these tests do not see.
        }
    }

    private static Stream<Class<?>> superTypes(Class<?> type) {
        Stream<Class<?>> above = Stream.of(type.getInterfaces());
        if (type.getSuperclass() != null) {
            above = Stream.concat(above, Stream.of(type.getSuperclass()));
        }
        return above.flatMap(t -> Stream.concat(Stream.of(t), superTypes(t)));
    }

    private static String name(ClassModel model) {
        return model.thisClass().asInternalName().replace('/', '.');
    }

    private static byte[] bytesOf(Class<?> type) {
        try (var in = type.getResourceAsStream("/" + type.getName().replace('.', '/') + ".class")) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
