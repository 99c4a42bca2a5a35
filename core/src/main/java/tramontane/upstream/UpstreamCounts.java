package tramontane.upstream;

/**
 * What became of the requests of one model since the start.
 *
 * @param retried sent to another address, because one failed before it had answered anything
 * @param continued answers that another address went on with; an answer may count several times
 * @param affinityHits sent to an address that was sent the beginning of the prompt before
 * @param affinityLost not sent there, because it had too much to do
 */
public record UpstreamCounts(long retried, long continued, long affinityHits, long affinityLost) {}
