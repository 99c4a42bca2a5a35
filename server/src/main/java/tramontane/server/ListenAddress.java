package tramontane.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.eclipse.jetty.server.Handler;
import tramontane.config.Configuration;
import tramontane.config.Settings;

/** The address that the server listens on. */
record ListenAddress(InetSocketAddress socket) {
    static ListenAddress of(Configuration configuration) throws Complaint {
        String host = configuration.get(Settings.HOST);
        InetSocketAddress socket = new InetSocketAddress(host, configuration.get(Settings.PORT));
        if (socket.isUnresolved()) {
            throw new Complaint("--host " + host + " is no address of this machine: no such name");
        }
        return new ListenAddress(socket);
    }

    boolean isLoopback() {
        return socket.getAddress().isLoopbackAddress();
    }

    /** Checks that the host is an address of this machine. */
    void checkHost() throws Complaint {
        try (ServerSocket test = new ServerSocket()) {
            test.bind(new InetSocketAddress(socket.getAddress(), 0));
        } catch (IOException e) {
            throw new Complaint(
                    "--host "
                            + socket.getHostString()
                            + " is no address of this machine: "
                            + e.getMessage());
        }
    }

    /**
     * Checks that the address is free before a model is pulled and loaded. The socket is closed
     * again, since clients should not connect before they can be answered.
     */
    void checkFree() throws Complaint {
        try (ServerSocket test = new ServerSocket()) {
            test.setReuseAddress(true);
            test.bind(socket);
        } catch (IOException e) {
            throw cannotListen(e);
        }
    }

    void listen(HttpListener listener, Handler routes) throws Complaint {
        try {
            listener.start(routes);
        } catch (IOException e) {
            throw cannotListen(e);
        }
    }

    private Complaint cannotListen(IOException cause) {
        return new Complaint(
                "cannot listen on "
                        + socket.getHostString()
                        + ":"
                        + socket.getPort()
                        + ": "
                        + cause.getMessage()
                        + "; --port 0 takes a free port");
    }

    /** The URL of the server once it listens on {@code port}. */
    String url(boolean tls, int port) {
        return (tls ? "https://" : "http://") + reachable() + ":" + port;
    }

    /** An address to connect to: 0.0.0.0 means all interfaces, of which loopback is one. */
    private String reachable() {
        if (socket.getAddress().isAnyLocalAddress()) {
            return "127.0.0.1";
        }
        String host = socket.getHostString();
        return host.contains(":") ? "[" + host + "]" : host;
    }
}
