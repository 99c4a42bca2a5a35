/**
 * The program: it reads the command line, builds every object by hand, and starts and stops what it
 * built.
 *
 * <p>{@link tramontane.server.Main} holds the commands; {@link tramontane.server.HttpListener} puts
 * the routes of {@code endpoint} on a port, with a bound on connections, headers and their arrival,
 * and stops by letting the requests in flight finish.
 *
 * <p>Invariant: the wall clock, the environment, the user's directories and randomness are read in
 * this package only; everything below is handed them.
 */
package tramontane.server;
