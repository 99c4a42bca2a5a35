package tramontane.upstream;

/**
 * One address of a model as operators see it.
 *
 * @param model its id
 * @param address host and port
 * @param up whether the last check succeeded
 * @param breaker 0 if requests are sent, 1 if one may try, 2 if none is sent
 * @param requests open ones
 * @param tokens expected of the open requests
 */
public record UpstreamStatus(
        String model, String address, boolean up, int breaker, int requests, long tokens) {}
