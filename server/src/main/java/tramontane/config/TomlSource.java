package tramontane.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/** Reads the settings of a TOML file. The library is loaded only where there is a file. */
final class TomlSource {
    /** No hand-written file is longer, and a wrong path may name anything. */
    private static final int MAX_BYTES = 1 << 20;

    private final Path file;
    private final Map<String, Setting<?>> settings;
    private final List<String> faults;

    TomlSource(Path file, List<Setting<?>> settings, List<String> faults) {
        this.file = file;
        this.settings = settings.stream().collect(Collectors.toMap(Setting::key, each -> each));
        this.faults = faults;
    }

    /** Receives the value of a setting. */
    @FunctionalInterface
    interface Found {
        void accept(Setting<?> setting, Object value, Origin origin);
    }

    /** Passes on each setting of the file; everything else is a fault. */
    void read(Found found) {
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                // Reading a pipe or a device may never end.
                faults.add(file + " is no regular file");
                return;
            }
            byte[] bytes;
            try (InputStream in = Files.newInputStream(file)) {
                bytes = in.readNBytes(MAX_BYTES + 1);
            }
            if (bytes.length > MAX_BYTES) {
                faults.add(
                        file
                                + " is longer than "
                                + MAX_BYTES
                                + " bytes, so it is no configuration");
                return;
            }
            TomlParseResult result = Toml.parse(text(bytes));
            for (TomlParseError error : result.errors()) {
                faults.add(file + " line " + error.position().line() + ": " + error.getMessage());
            }
            if (!result.hasErrors()) {
                table(result, List.of(), result, found);
            }
        } catch (NoSuchFileException e) {
            faults.add("there is no configuration file " + file);
        } catch (CharacterCodingException e) {
            faults.add(file + " is not text in UTF-8");
        } catch (IOException e) {
            faults.add("cannot read the configuration file " + file + ": " + e.getMessage());
        }
    }

    private static String text(byte[] utf8) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    }

    private void table(TomlTable table, List<String> path, TomlTable root, Found found) {
        for (String name : table.keySet()) {
            List<String> inner = new ArrayList<>(path);
            inner.add(name);
            Object value = table.get(List.of(name));
            int line =
                    Optional.ofNullable(root.inputPositionOf(inner))
                            .map(position -> position.line())
                            .orElse(0);
            entry(inner, value, line, root, found);
        }
    }

    private void entry(List<String> path, Object value, int line, TomlTable root, Found found) {
        String key = String.join(".", path);
        Setting<?> setting = settings.get(key);
        if (setting != null) {
            Object plain = value instanceof TomlArray array ? array.toList() : value;
            found.accept(
                    setting,
                    plain instanceof TomlTable inner ? inner.toMap() : plain,
                    new Origin.InFile(file, line));
        } else if (!isTable(key)) {
            unknown(key, value instanceof TomlTable, line);
        } else if (value instanceof TomlTable inner) {
            table(inner, path, root, found);
        } else {
            faults.add(
                    "`"
                            + key
                            + "` in "
                            + file
                            + " line "
                            + line
                            + " is a table; write ["
                            + key
                            + "] on a line of its own, and its settings below");
        }
    }

    private boolean isTable(String key) {
        return settings.keySet().stream().anyMatch(each -> each.startsWith(key + "."));
    }

    private void unknown(String key, boolean table, int line) {
        List<String> names =
                table
                        ? settings.keySet().stream()
                                .filter(each -> each.contains("."))
                                .map(each -> each.substring(0, each.lastIndexOf('.')))
                                .distinct()
                                .toList()
                        : List.copyOf(settings.keySet());
        faults.add(
                "unknown "
                        + (table ? "table `[" + key + "]`" : "setting `" + key + "`")
                        + " in "
                        + file
                        + " line "
                        + line
                        + Spelling.nearest(key, names)
                                .map(name ->
                                        "; did you mean `"
                                                + (table ? "[" + name + "]" : name)
                                                + "`?")
                                .orElse("; ./tramontane config prints all settings"));
    }
}
