package tramontane.config;

import java.nio.file.Path;

/** Where a value comes from. */
public sealed interface Origin {
    /** The table's default. */
    record Fallback() implements Origin {
        @Override
        public String toString() {
            return "default";
        }
    }

    record InFile(Path file, int line) implements Origin {
        @Override
        public String toString() {
            return file + ":" + line;
        }
    }

    record Variable(String name) implements Origin {
        @Override
        public String toString() {
            return name;
        }
    }

    record Flag(String name) implements Origin {
        @Override
        public String toString() {
            return name;
        }
    }
}
