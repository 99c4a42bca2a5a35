package tramontane.pool;

import java.nio.file.Path;

/**
 * A model that a pool serves.
 *
 * @param name its id, unique within the pool
 * @param pinned loaded at start and never unloaded
 */
public record PooledModel(String name, Path file, boolean pinned) {}
