package tramontane.house;

import com.sun.source.tree.BlockTree;
import com.sun.source.tree.CatchTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** What the tidy test needs to know of Java source, read with the JDK's own parser. */
record SourceTree(List<Type> types, List<Method> methods, List<Catch> catches) {
    /** A class, record, enum or interface; {@code superTypes} are simple names. */
    record Type(
            Path file,
            String name,
            Set<String> traits,
            Set<String> superTypes,
            int recordComponents) {
        boolean isOpenInterface() {
            return traits.contains("interface")
                    && !traits.contains("sealed")
                    && !traits.contains("FunctionalInterface")
                    && !traits.contains("annotation");
        }
    }

    record Method(Path file, String name, int lines, int parameters) {
        boolean isConstructor() {
            return name.endsWith(".<init>");
        }
    }

    record Catch(Path file, long line, String type, boolean empty) {}

    /**
     * Source by its path below the root, so that the checks can be shown wrong code that is in no
     * file.
     */
    record Source(Path file, String text) {}

    static SourceTree parse(List<Source> sources) {
        SourceTree tree = new SourceTree(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        if (sources.isEmpty()) {
            return tree; // The compiler refuses to start on nothing.
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<JavaFileObject> units = sources.stream().<JavaFileObject>map(Unit::new).toList();
        JavacTask task =
                (JavacTask)
                        compiler.getTask(
                                null, null, ignored -> {}, List.of("-proc:none"), null, units);
        try {
            Iterator<Source> source =
                    sources.iterator(); // The parser keeps the order it was given.
            for (CompilationUnitTree unit : task.parse()) {
                SourcePositions positions = Trees.instance(task).getSourcePositions();
                tree.new Scanner(unit, source.next(), positions).scan(unit, "");
            }
        } catch (IOException e) {
            throw new IllegalStateException("sources in memory cannot fail to be read", e);
        }
        return tree;
    }

    private static final class Unit extends SimpleJavaFileObject {
        private final Source source;

        Unit(Source source) {
            super(
                    URI.create("memory:///" + source.file.toString().replace('\\', '/')),
                    Kind.SOURCE);
            this.source = source;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source.text;
        }
    }

    /** Walks one file; the string handed down is the name of the enclosing type. */
    private final class Scanner extends TreeScanner<Void, String> {
        private final CompilationUnitTree unit;
        private final Source source;
        private final SourcePositions positions;

        Scanner(CompilationUnitTree unit, Source source, SourcePositions positions) {
            this.unit = unit;
            this.source = source;
            this.positions = positions;
        }

        @Override
        public Void visitClass(ClassTree tree, String outer) {
            String name = tree.getSimpleName().toString();
            Set<String> traits =
                    tree.getModifiers().getFlags().stream()
                            .map(Modifier::toString)
                            .collect(Collectors.toSet());
            tree.getModifiers()
                    .getAnnotations()
                    .forEach(a -> traits.add(a.getAnnotationType().toString()));
            if (tree.getKind() == Tree.Kind.INTERFACE) {
                traits.add("interface");
            }
            Set<String> superTypes =
                    tree.getImplementsClause().stream()
                            .map(t -> simpleName(t))
                            .collect(Collectors.toSet());
            if (tree.getExtendsClause() != null) {
                superTypes.add(simpleName(tree.getExtendsClause()));
            }
            int components = tree.getKind() == Tree.Kind.RECORD ? components(tree) : 0;
            types.add(new Type(source.file, name, traits, superTypes, components));
            return super.visitClass(tree, name);
        }

        private static int components(ClassTree record) {
            return (int)
                    record.getMembers().stream()
                            .filter(m ->
                                    m instanceof VariableTree v
                                            && !v.getModifiers()
                                                    .getFlags()
                                                    .contains(Modifier.STATIC))
                            .count();
        }

        @Override
        public Void visitMethod(MethodTree tree, String type) {
            int lines =
                    (int) (lineOf(positions.getEndPosition(unit, tree)) - lineOf(start(tree)) + 1);
            // A compact constructor's parameters are the record's components, which the record
            // answers for.
            methods.add(
                    new Method(
                            source.file,
                            type + "." + tree.getName(),
                            lines,
                            tree.getParameters().size()));
            return super.visitMethod(tree, type);
        }

        /** Annotations and the comment above do not count as the method's lines. */
        private long start(MethodTree tree) {
            Tree first = tree.getReturnType() == null ? tree : tree.getReturnType();
            return positions.getStartPosition(unit, first);
        }

        @Override
        public Void visitCatch(CatchTree tree, String type) {
            BlockTree block = tree.getBlock();
            int from = (int) positions.getStartPosition(unit, block);
            int to = (int) positions.getEndPosition(unit, block);
            boolean empty = source.text.substring(from + 1, to - 1).isBlank();
            catches.add(
                    new Catch(
                            source.file,
                            lineOf(from),
                            tree.getParameter().getType().toString(),
                            empty));
            return super.visitCatch(tree, type);
        }

        private long lineOf(long position) {
            return unit.getLineMap().getLineNumber(position);
        }

        private static String simpleName(Tree type) {
            String text = type.toString().replaceAll("<.*", "");
            return text.substring(text.lastIndexOf('.') + 1);
        }
    }
}
