package tramontane.bench.gateway;

import java.net.URI;
import java.util.OptionalLong;

/**
 * What answers: the stand-in itself, or a gateway before it.
 *
 * @param process its id, if its processor time and memory are to be measured
 */
public record Target(String name, URI url, String key, OptionalLong process) {}
