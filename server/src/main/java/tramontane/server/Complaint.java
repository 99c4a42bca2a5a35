package tramontane.server;

/** An error that the user can fix. Its message says how; it is printed without a stack trace. */
final class Complaint extends Exception {
    private static final long serialVersionUID = 1;

    Complaint(String message) {
        super(message);
    }
}
