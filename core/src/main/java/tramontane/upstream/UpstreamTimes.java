package tramontane.upstream;

import java.time.Duration;

/**
 * How long an upstream may be silent.
 *
 * @param connect until the connection is open
 * @param firstByte from sending a request to the first byte of its answer
 * @param idle between two parts of an answer
 * @param check between two checks of an address
 */
public record UpstreamTimes(Duration connect, Duration firstByte, Duration idle, Duration check) {}
