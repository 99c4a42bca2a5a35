/**
 * The program: parses the command line, creates all objects, and starts and stops them.
 *
 * <p>{@link tramontane.server.Main} holds the commands. {@link tramontane.server.HttpListener} puts
 * the routes of {@code endpoint} on a port, with limits on connections and headers, and stops by
 * letting the open requests finish.
 *
 * <p>Invariant: only this package reads the wall clock, the environment, the user's directories and
 * random numbers; it passes them to the packages below.
 */
package tramontane.server;
