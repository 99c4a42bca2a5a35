package tramontane.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The machine and the commit that a figure was measured on. */
record MachineFacts(String cpu, String flags, int cores, String memory, String commit) {
    static MachineFacts of(Path root) {
        List<String> cpu = lines(Path.of("/proc/cpuinfo"));
        return new MachineFacts(
                value(cpu, "model name"),
                value(cpu, "flags"),
                Runtime.getRuntime().availableProcessors(),
                value(lines(Path.of("/proc/meminfo")), "MemTotal"),
                commit(root));
    }

    ObjectNode toJson() {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("cpu", cpu).put("cores", cores).put("memory", memory).put("flags", flags);
        return json.put(
                        "system",
                        System.getProperty("os.name") + " " + System.getProperty("os.version"))
                .put("java", System.getProperty("java.vm.version"));
    }

    private static List<String> lines(Path file) {
        try {
            return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            // Another system, or a container that hides it: the report then says "unknown".
            return List.of();
        }
    }

    private static String value(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }

    private static String commit(Path root) {
        try {
            Process git =
                    new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=10")
                            .directory(root.toFile())
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            String text = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return text.isBlank() ? "unknown" : text.strip();
        } catch (IOException e) {
            // No git here, or no repository.
            return "unknown";
        }
    }
}
